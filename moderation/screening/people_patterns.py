"""How a named teacher or fellow student, a room, and a day that others remember look in a text: patterns of
`moderation/screening/personal.py` in three languages.

First names of friends and family alone are left: a hint at each "my sister Anna" would soon be read by
nobody. None may run back and forth over a long text: what repeats inside a pattern is
bounded.
"""

import re

from moderation.screening.personal_patterns import NAME_WORD, Pattern

_MORE = rf"(?:[ ]{NAME_WORD}){{0,2}}"


def _pattern(text: str, *, any_case: bool = False) -> Pattern:
    return re.compile(text, re.VERBOSE | (re.IGNORECASE if any_case else re.NOFLAG))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# A title and a name: Professor Long, κ. Παπαδόπουλος, Pak Budi.
TITLED = (
    _pattern(
        rf"""(?<!\w)(?:[Pp]rof(?:essor|\.)?|[Dd]octor|[Dd]r\.?|Mr\.?|Mrs\.?|Ms\.?|Miss|[Ll]ecturer
        |[Ss]upervisor|[Tt]utor
        |[Ii]nstructor)[ ](?P<words>(?:{NAME_WORD})(?:[ ]{NAME_WORD})?)""",
    ),
    # Somebody tired leaves the capital out.
    _pattern(r"(?<!\w)(?:mr|mrs|ms)\b\.?[ ](?P<words>[a-z][a-z'’-]{3,20})"),
    _pattern(
        rf"""(?<!\w)(?:[Κκ]\.|[Κκ]ος|[Κκ]α|[Κκ][ύυ]ριο[ςυ]?|[Κκ]υρ[ίι]α[ς]?|[Κκ]αθηγητ[ήέηε]ς?
        |[Κκ]αθηγ[ήη]τρια[ς]?|[Δδ]ρ\.?)[ ]
        (?P<words>{NAME_WORD}(?:[ ]{NAME_WORD})?)""",
    ),
    _pattern(
        rf"""(?<!\w)(?:[Pp]ak|[Bb]u|[Bb]apak|[Ii]bu|[Pp]rof\.?|[Mm]bak|[Mm]as
        |[Dd]osen)[ ](?P<words>{NAME_WORD}(?:[ ]{NAME_WORD})?)""",
    ),
)
# Who it is, and a name: my flatmate Sam, ο συγκάτοικός μου ο Νίκος, teman sekamarku Rina.
RELATED = (
    _pattern(
        rf"""(?<!\w)(?:[Mm]y|[Oo]ur|[Hh]is|[Hh]er|[Tt]he)[ ](?:room|flat|house|class|team|lab
        |course)-?(?:mates?|partner)
        ,?[ ](?:is[ ]|called[ ]|named[ ])?(?P<words>{NAME_WORD}{_MORE})""",
    ),
    _pattern(
        rf"""(?<!\w)(?:[Aa]|[Ss]ome|[Tt]his|[Tt]hat|[Tt]he)[ ](?:guy|girl|boy|student|man|woman|teacher
        |lecturer|classmate|TA)[ ]
        (?:from[ ]my[ ]\w{{3,12}}[ ])?(?:is[ ]|was[ ])?(?:called|named)[ ](?P<words>{NAME_WORD}{_MORE})""",
    ),
    _pattern(
        rf"""(?<!\w)(?:[Hh]is|[Hh]er|[Tt]heir)[ ](?:full[ ]|last[ ]
        |real[ ])?name[ ]is[ ](?P<words>{NAME_WORD}{_MORE})"""
    ),
    _pattern(
        rf"""(?<!\w)(?:συγκ[άα]τοικ[οό]\w{{0,2}}|συμφοιτητ[ήέ]\w?|συμφοιτ[ήη]τρι[άα]\w?|συμμαθητ[ήέ]\w?
        |συμμαθ[ήη]τρι[άα]\w?)
        (?:[ ]μου)?,?[ ](?:(?:τ?[οη]ν?|τη)[ ])?(?:λένε[ ])?(?P<words>{NAME_WORD}{_MORE})""",
    ),
    _pattern(rf"(?<!\w)(?:[Ττ]ο|[Ττ]η)ν?[ ]λ[έε]νε[ ](?P<words>{NAME_WORD}{_MORE})"),
    _pattern(
        rf"""(?<!\w)(?:[Tt]em[ae]n[ ](?:sekamar|sekelas|sekos|kos|kost|kampus|kelompok|seangkatan
        |kuliah)(?:ku|nya)?
        (?:[ ](?:aku|saya|gue))?|[Kk]akak[ ]tingkat(?:ku)?|[Kk]ating(?:ku)?)[ ](?:yang[ ]bernama[ ]
        |namanya[ ])?
        (?P<words>{NAME_WORD}{_MORE})""",
    ),
    _pattern(
        rf"""(?<!\w)(?:[Nn]amanya|[Nn]ama[ ](?:dia|dosennya
        |orangnya))[ ](?:adalah[ ])?(?P<words>{NAME_WORD}{_MORE})"""
    ),
)
# What follows a title without being a name.
NO_PERSON = _words(
    """google who strange pepper dre house seuss god right wrong perfect nobody everything dosen rt rw rektor
    dekan guru haji kos kost satpam polisi rumah tangga kota negara presiden bapak ibu hamil jari pak bu i
    in on at and but if when the my your our his her their this that she he they you we what how why
    universe bean bean's πρόεδρε πρύτανη πρύτανης κοσμήτορας καθηγητής καθηγήτρια καθηγητή καθηγήτριας
    διευθυντής διευθυντή
    υπουργός υπουργέ δήμαρχε dan atau yang di ke saya aku gue wali pembimbing penguji pengampu
    pertiwi kartini pembina"""
)

# A room counts where it is somebody's: "the girl in room 214". Where an exam is written tells nothing.
ROOMS = (
    _pattern(
        r"""(?<!\w)(?:(?:he|she|they|who|roommate|flatmate|classmate|friend|ex|guy|girl|boy|student
        |students|man|woman
          |neighbou?r|professor|lecturer|teacher|tutor|supervisor|couple|people)
          \ (?:(?:lives?|living|stays?|staying|sits?|works?|sleeps?|moved|is|are|was)\ )?(?:in|at|from|to
          |into|of|next\ to)
          |(?:his|her|their)\ (?:room|office|flat|dorm)\ is)
        \ (?:the\ )?(?P<words>(?:(?:dorm\ )?(?:room|office|lab|flat|apartment)\ (?:no\.?\ 
        |number\ )?[a-z]?\.?\d{1,4}[a-z]?
          |(?<=is\ )[a-z]?\d{2,4}[a-z]?))(?!\w)""",
        any_case=True,
    ),
    # A room of a house where people live tells by itself: nobody sits an exam in block C, room 7.
    _pattern(
        r"""(?<!\w)(?P<words>(?:dorm|block|halls?|building|flat|floor|house)\ (?:[a-z]|\d{1,3}),?
        \ (?:room|flat|door)
        \ (?:no\.?\ )?[a-z]?\d{1,4}[a-z]?|room\ (?:no\.?|number)\ [a-z]?\d{1,4}[a-z]?)(?!\w)""",
        any_case=True,
    ),
    _pattern(
        r"""(?<!\w)(?:μ[έε]νει|μ[έε]νουν|κοιμ[άα]ται|δουλε[ύυ]ει|κ[άα]θεται|(?:αυτ[όοήη][ςν]?|κοπ[έε]λα
        |παιδ[ίι]|τ[ύυ]πος|φοιτητ[ήέ]ς
          |φοιτ[ήη]τρια|καθηγητ[ήέ]ς|καθηγ[ήη]τρια|συγκ[άα]τοικ\w{2}))\ (?:μου\ )?(?:είναι\ )?(?:στο|στη
          |στην|από\ το|του)
        \ (?P<words>(?:δωμ[άα]τιο|δωματ[ίι]ου|γραφε[ίι]ο|γραφε[ίι]ου|διαμ[έε]ρισμα
        |εργαστ[ήη]ριο)\ (?:[Α-ΩA-Z]\.?)?\d{1,4})(?!\w)""",
        any_case=True,
    ),
    _pattern(
        r"""(?<!\w)(?:το\ )?(?:γραφε[ίι]ο|δωμ[άα]τι[όο])\ (?:του|της|τους)\ ε[ίι]ναι\ (?:το\ )?
        (?P<words>(?:[Α-ΩA-Z]\.?)?\d{1,4})(?!\w)""",
        any_case=True,
    ),
    _pattern(
        r"""(?<!\w)(?P<words>(?:κτ[ίι]ριο|εστ[ίι]α|[όο]ροφος)\ (?:[Α-ΩA-Z]|\d{1,2}),?
        \ (?:δωμ[άα]τιο|διαμ[έε]ρισμα)
        \ (?:[Α-ΩA-Z]\.?)?\d{1,4}
        |δωμ[άα]τιο\ (?:[Α-ΩA-Z]\.?)?\d{1,4}\ (?:στην?\ εστ[ίι]α|της\ εστ[ίι]ας))(?!\w)""",
        any_case=True,
    ),
    _pattern(
        r"""(?<!\w)(?:dia|mereka|ia|cewek|cowok|anak|mahasiswa|mahasiswi|teman\w*|dosen\w*|pacar\w*
        |mantan\w*|orang|tetangga\w*)
        \ (?:yang\ )?(?:(?:tinggal|kos|ngekos|tidur|kerja|ada|duduk|pindah|kantornya)\ )?(?:di|dari|ke)
        \ (?P<words>(?:ruang|ruangan|kamar|kantor|lab)\ (?:no\.?\ 
        |nomor\ )?[a-z]?\.?\d{1,4}[a-z]?(?:\ gedung\ \w{1,12})?)(?!\w)""",
        any_case=True,
    ),
    _pattern(
        r"""(?<!\w)(?P<words>(?:asrama|blok|rusunawa|kos|kost|gedung)\ (?:[a-z]|\d{1,3}),?
        \ kamar\ (?:no\.?\ |nomor\ )?\d{1,4}[a-z]?
        |(?:kos\ |kost\ |asrama\ )?kamar\ (?:no\.?\ |nomor\ )?[a-z]?\d{1,4}[a-z]?
        (?:\ blok\ [a-z]|(?<=\d)[a-z]))(?!\w)""",
        any_case=True,
    ),
    _pattern(
        r"""(?<!\w)(?P<words>(?:ruang|ruangan|kamar|kantor)\ \d{1,4}[a-z]?)
        \ (?:kantornya|kamarnya|tempatnya\ kerja)(?!\w)""",
        any_case=True,
    ),
)

_MONTH_EN = """(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?
    |sept?(?:ember)?
    |oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"""
_MONTH_EL = """(?:ιανουαρ[ίι]ου|φεβρουαρ[ίι]ου|μαρτ[ίι]ου|απριλ[ίι]ου|μα[ΐιί]ου|ιουν[ίι]ου|ιουλ[ίι]ου
    |αυγο[ύυ]στου
    |σεπτεμβρ[ίι]ου|οκτωβρ[ίι]ου|νοεμβρ[ίι]ου|δεκεμβρ[ίι]ου|γεν[άα]ρη|φλεβ[άα]ρη|μ[άα]ρτη|απρ[ίι]λη|μ[άα]η
    |ιο[ύυ]νη|ιο[ύυ]λη|αυγο[ύυ]στο|σεπτ[έε]μβρη|οκτ[ώω]βρη|νο[έε]μβρη|δεκ[έε]μβρη)"""
_MONTH_ID = """(?:januari|februari|maret|april|mei|juni|juli|agustus|september|oktober|november|desember
    |jan|feb|apr|jun
    |jul|agu|agt|ags|sept?|okt|nov|des)"""
_YEAR = r"(?:,?\ (?:19|20)\d\d)?"
DAY = _pattern(
    rf"""(?<![\w/.])(?:
      (?:\d{{1,2}}(?:st|nd|rd|th)?\ (?:of\ )?{_MONTH_EN}|{_MONTH_EN}\ \d{{1,2}}(?:st|nd|rd|th)?){_YEAR}
      |\d{{1,2}}(?:η|ης)?\ (?:του\ )?{_MONTH_EL}{_YEAR}
      |(?:tanggal\ |tgl\.?\ )?\d{{1,2}}\ {_MONTH_ID}{_YEAR}
      |\d{{1,2}}[./-]\d{{1,2}}[./-](?:19|20)\d\d|(?:19|20)\d\d-[01]\d-[0-3]\d
      |(?:(?<=on\ )|(?<=στις\ )|(?<=tanggal\ )|(?<=tgl\ ))
        (?:[12]?\d|3[01])[./](?:1[0-2]|0?[1-9]))(?![\w%])""",
    any_case=True,
)
# What others remember together with its day. Exams and deadlines are everybody's.
EVENT = _pattern(
    r"""(?<!\w)(?:party|wedding|funeral|accident|crash|graduation|ceremony|defen[cs]e|viva|presentation
    |concert|match|trial
      |hearing|born|birthday
      |died|passed\ away|broke\ up|crashed|expelled|kicked\ out|raped|divorced?|court|miscarriage|abortion
      |operation|surgery|excursion|field\ trip|fight|protest|assault(?:ed)?
      |attack(?:ed)?|arrested
      |π[άα]ρτι|γ[άα]μο\w?|κηδε[ίι]α|ατ[ύυ]χημα|τροχα[ίι]ο|αποφο[ίι]τηση|ορκωμοσ[ίι]α|υποστ[ήη]ριξη
      |παρουσ[ίι]αση|συναυλ[ίι]α
      |αγ[ώω]να\w?|δ[ίι]κη|γενν[ήη]θηκα|γεν[έε]θλι[άα]|χειρουργε[ίι]ο|εγχε[ίι]ρηση|εκδρομ[ήη]|καβγ[άα]\w?
      |επεισ[όο]δι\w+|κατ[άα]ληψη
      |επ[ίι]θεση|επιτ[έε]θηκ\w+|π[έε]θανε|χωρ[ίι]σαμε|τρ[άα]καρα|δι[έε]γραψ\w+|δικαστ[ήη]ριο|διαζ[ύυ]γιο
      |χο[ύυ]φτωσε|β[ίι]ασε|[άα]μβλωση
      |pesta|pernikahan|menikah|pemakaman|kecelakaan|kebakaran|wisuda|sidang|presentasi|konser|lomba
      |pertandingan|lahir
      |ulang\ tahun|ultah|operasi|demo|tawuran|makrab|ospek|pelecehan|meninggal|wafat
      |putus|cerai|diserang|ngelecehin|dilecehkan|diperkosa|tabrakan|di\ ?do
      |dikeluarkan|keguguran|aborsi)(?:ku|nya)?(?!\w)""",
    any_case=True,
)
AROUND_A_DAY = 60  # letters of the same sentence in which what happened is looked for

# "Everybody calls me Anna": as much an own name as "my name is Anna".
CALLED_ME = (
    _pattern(rf"""(?<!\w)(?:[Ee]veryone|[Pp]eople|[Tt]hey
    |[Ff]riends)[ ]calls?[ ]me[ ](?P<words>{NAME_WORD})"""),
    _pattern(
        rf"""(?<!\w)(?:[Μμ]ε[ ]φων[άα]ζουν|[Φφ]ων[άα](?:ξτε|ζετε|ζεις|ζε)[ ]με|[Λλ][έε]γε[ ]με)
        [ ](?P<words>{NAME_WORD})"""
    ),
    # How a letter begins and ends.
    _pattern(rf"(?<!\w)(?:I['’]?m|i['’]?m|I[ ]am|i[ ]am)[ ]called[ ](?P<words>{NAME_WORD}{_MORE})"),
    _pattern(
        rf"(?<!\w)(?:[Mm]y[ ])?[Nn]ame['’]?s[ ](?P<words>(?!Not|Just|Never|Always|Day\b){NAME_WORD}{_MORE})"
    ),
    _pattern(
        rf"""(?<!\w)(?:[Ii]t['’]?s[ ]me,|[Ss]igned,|[Υυ]πογραφ[ήη]:|[Υυ]πογρ[άα]φω,|[Ss]alam,)
        [ \n](?P<words>{NAME_WORD})"""
    ),
    _pattern(rf"(?<!\w)(?:[Aa]ku|[Ss]aya|[Gg]ue)[ ](?:biasa[ ])?dipanggil[ ](?P<words>{NAME_WORD})"),
    _pattern(
        rf"""(?<!\w)(?:[Pp]anggil[ ](?:aja|saja)|[Pp]erkenalkan,?[ ](?:nama[ ])?(?:saya|aku)
        |[Kk]enalin,?[ ](?:nama[ ])?(?:aku|gue|saya))[ ]
        (?P<words>{NAME_WORD}{_MORE})"""
    ),
)
# How a coordinator writes what student numbers look like: A a letter, 9 a digit, the rest as it stands.
_PART = {"A": r"[^\W\d_]", "9": r"\d"}


def number_pattern(shapes: str) -> Pattern | None:
    """The pattern of "AA99999, 9999999"; None when there are no shapes."""
    parts = [shape.strip() for shape in shapes.split(",") if shape.strip()]
    if not parts:
        return None
    wanted = "|".join("".join(_PART.get(sign, re.escape(sign)) for sign in part) for part in parts)
    return re.compile(rf"(?<![\w/.@#-])(?:{wanted})(?![\w@-])", re.IGNORECASE)
