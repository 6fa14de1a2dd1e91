"""How names, numbers and addresses look in a text: the patterns of `moderation/screening/personal.py`.

None may run back and forth over a long text: what repeats inside a pattern is bounded.
"""

import re

Pattern = re.Pattern[str]


def _pattern(text: str, *, any_case: bool = True) -> Pattern:
    return re.compile(text, re.VERBOSE | (re.IGNORECASE if any_case else re.NOFLAG))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


EMAILS = (
    _pattern(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"),
    _pattern(
        r"""(?<![\w.+-])[\w.+-]{1,64}\s?(?:\(at\)|\[at\]|\{at\}|\s(?:at|παπάκι|παπακι)\s)\s?
        [\w-]{1,63}(?:(?:\s?(?:\(dot\)|\[dot\]|\{dot\})\s?|\s(?:dot|τελεία|τελεια|titik)\s|\.)[a-z]{2,10}){1,3}\b"""
    ),
)

URL = _pattern(r"(?:https?://|www\.)\S+")
PROFILE = _pattern(
    r"""(?:https?://)?(?:www\.|m\.)?
    (?:(?:instagram|facebook|fb|twitter|tiktok|snapchat|threads|onlyfans)\.(?:com|net)/(?:add/)?@?[\w.-]{3,60}
      |(?:t|telegram|wa|discord)\.(?:me|gg)/\+?[\w.-]{3,60}
      |x\.com/\w{3,30}|linkedin\.com/in/[\w%-]{3,80}|discord\.com/users/\d+)"""
)
SERVICES = r"""(?:instagram|insta|ig|snapchat|snap|tik\ ?tok|twitter|telegram|tele|discord|facebook|fb|line
    |wechat|whats\ ?app|wa|viber|skype|ινσταγκραμ|ίνσταγκραμ|ινστα|ίνστα|φέισμπουκ|φβ)"""
NAMED_AT_SERVICE = _pattern(
    rf"""(?<!\w){SERVICES}(?!\w)[\s:=>@-]{{0,4}}
    (?:(?:is|id|name|handle|user|username|account|me|at|as|ku|aku|saya|gue|gw|akun|μου|είναι|ειναι|με|λένε|λενε|ως)
      [\s:=>@-]{{1,4}}){{0,4}}
    (?P<handle>[a-z0-9](?=[a-z0-9._]*[0-9_.][a-z0-9])[a-z0-9._]{{2,29}})"""
)
AT_NAME = _pattern(r"(?<![\w@./])@(?P<handle>[A-Za-z0-9][\w.]{2,29})")
AT_DISCORD = _pattern(r"(?<![\w#])[a-z][\w.]{2,31}\#\d{4}(?!\w)")
# "@home" and its like are places.
NO_HANDLES = _words(
    """all channel everyone here home house least library moderator moderators mods night office once
    school team the uni university work campus class college lunch noon midnight anyone everybody admin
    counsellor counselor kampus rumah kantor sekolah semua malam kos kost asrama moderasi"""
)

NUMBER = _pattern(r"(?<![\w.,/@#-])\+?\(?\d(?:[\s().\-–/\u00a0]{0,3}\d){5,18}(?!\w)(?![.,]\d)")
DATE_OR_TIME = _pattern(
    r"""(?:\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})|\d{4}[./-]\d{1,2}[./-]\d{1,2}|\d{1,2}[.:]\d{2})
    (?:\s?[-–/]\s?|\s|$)"""
)
YEARS = _pattern(r"(?:(?:1[89]|20)\d\d[\s/–-]{0,3})+(?:\d\d)?")
SHORT_PARTS = _pattern(r"\d{1,2}(?:\s?[-–/.]\s?\d{1,2})+|\d{1,2}(?:\s\d{1,2}){3,}")
IN_PAIRS = _pattern(r"0\d(?:[\s.-]\d\d){4}")  # 06 12 34 56 78
COUNTED = _pattern(r"\d{1,3}(?:([.,\s\u00a0])\d{3})(?:\1\d{3})*")
WRITTEN_DAY = _pattern(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
NETWORK = _pattern(r"\d{1,3}(?:\.\d{1,3}){3}")
FREE_CALL = _pattern(r"(?:\+?1)?8(?:00|88|77|66|55|44|33)|0800|1800|116\d{3}$|0\d{2}?800")
MONEY_BEFORE = _pattern(r"(?:[€$£¥]|\brp\.?|\busd|\beur|\bidr|\bisbn(?:-1[03])?:?|\bdoi:?)\s*$")
UNIT_AFTER = _pattern(
    r"""\s*(?:[€$£¥%]|(?:euros?|ευρώ|ευρω|dollars?|rupiah|people|students|words|steps|years|χρόνια|λέξεις
    |βήματα|orang|kata|langkah|juta|ribu|kg|km|mb|gb)\b)"""
)
PHONE_SIGN = _pattern(
    r"""(?:\b(?:call|phone|ring|text|reach|mobile|cell|tel|telephone|whats\ ?app|wa|number\ is|my\ number
    |viber|hp|no\.?\ hp|nomor|nomer|hubungi|telepon|telp|telfon|kontak)\b
    |τηλ[έε]?φων|τηλ\.|κινητ[όο]|πάρε\ με|παρε\ με|καλέστε|κάλεσε|στείλε\ μου)[^\d\n]{0,25}$"""
)

NAME_WORD = r"[A-ZΑ-ΩΆΈΉΊΌΎΏÀ-ÖØ-ÞĀ-Ž][\w'’-]{1,30}"
TWO_MORE = rf"(?:[ ](?:{NAME_WORD}|[A-ZΑ-Ω]\b)){{0,2}}"
ADDRESSES = (
    # 12 Long Street, Flat 3
    _pattern(
        rf"""(?<![\w.])\d{{1,5}}[A-Za-z]?,?[ ](?:{NAME_WORD}[ ]){{1,4}}
        (?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Boulevard|Blvd|Court|Square|Terrace|Crescent|Gardens)\b\.?""",
        any_case=False,
    ),
    _pattern(
        r"""(?<=\ )(?P<words>\d{1,5}[a-z]?\ (?:[a-z]{2,20}\ ){1,2}(?:street|avenue|road|lane|boulevard))\b
        """,
    ),
    # My own room
    _pattern(
        r"""\b(?:I\ live|I'm\ living|I\ am\ living|I\ stay|I'm\ staying|come\ to|my\ room\ is|my\ flat\ is
          |find\ me)
        \ (?:in\ |at\ )?(?:the\ )?(?P<words>(?:
          (?:room|flat|apartment|apt\.?|dorm)\ (?:no\.?\ |number\ )?[a-z]?\d{1,4}[a-z]?
          |[a-z]?\d{2,4}[a-z]?(?=\W))
        (?:,?\ (?:in\ )?(?:building|block|hall|tower)\ \w{1,20})?)"""
    ),
    _pattern(
        r"""(?<!\w)(?:μ[έε]νω\ (?:στο|σε)|(?:aku|saya|gue|gw)\ (?:tinggal\ |ngekos\ )?di)
        \ (?P<words>(?:δωμ[άα]τιο|διαμ[έε]ρισμα|kamar)\ (?:no\.?\ |nomor\ )?
        [a-zα-ω]?\d{1,4}[a-zα-ω]?)(?!\w)"""
    ),
    # 12 rue de Metz, Via Roma 12, Lindenstraße 4
    _pattern(r"\b\d{1,4}(?:\ ?bis)?,?\ rue\ (?:de\ la\ |de\ |du\ |des\ )?\w{2,30}"),
    _pattern(
        rf"\b(?:Via|Calle|Rua|Ulica|ul\.|Plaza|Piazza|Viale)[ ]{NAME_WORD}{TWO_MORE},?[ ]\d{{1,4}}\b",
        any_case=False,
    ),
    _pattern(
        r"\b[A-ZÄÖÜ][\wäöüß-]{2,30}(?:stra(?:ß|ss)e|str\.|weg|gasse|platz|allee)\ \d{1,4}[a-z]?\b",
        any_case=False,
    ),
    # A British postcode
    _pattern(r"\b[A-Z]{1,2}\d{1,2}[A-Z]?\ \d[A-Z]{2}\b", any_case=False),
    # Οδός Σόλωνος 14, λεωφόρος Κηφισίας 120, Τ.Κ. 11528
    _pattern(
        rf"""(?:\b(?:[Οο]δ[όο][ςύυ]?|[Λλ]εωφ(?:[όο]ρο[ςυ]|\.)|[Ππ]λατε[ίι]α[ςν]?)
        [ ]{NAME_WORD}{TWO_MORE},?[ ]\d{{1,4}})\b""",
        any_case=False,
    ),
    _pattern(
        rf"""(?:[Μμ][έε]νω|[Κκ]ατοικ[ώω]|[Δδ]ιε[ύυ]θυνσ[ήη][ ]μου|[Σσ]π[ίι]τι[ ]μου|[Ββ]ρείτε[ ]με)
        (?:[ ](?:στην?|στο|στη|στον|είναι|ειναι|επί|οδός|οδό|είναι:))*[ ]
        (?P<words>{NAME_WORD}{TWO_MORE},?[ ]\d{{1,4}})\b
        (?!\s?(?:χρόνια|χρονια|μήνες|μηνες|μέρες|ώρες|λεπτά))""",
        any_case=False,
    ),
    _pattern(r"\b[ΤT]\.?\ ?[ΚK]\.?:?\ ?\d{3}\ ?\d{2}\b", any_case=False),
    # Jl. Melati No. 12 RT 03/RW 05
    _pattern(
        rf"""\b(?:[Jj]l|[Jj]ln|[Jj]alan|[Gg]g|[Gg]ang)\b\.?[ ]{NAME_WORD}
        (?:[ ](?:{NAME_WORD}|[IVX]+)){{0,3}},?
        [ ](?:(?:[Nn]o|[Nn]omor|[Bb]lok)\b\.?[ ]?)?[A-Z]?\d{{1,4}}[A-Za-z]?\b""",
        any_case=False,
    ),
    _pattern(
        r"\b(?:jl|jln|jalan|gg|gang)\b\.?\ (?:[a-z]{2,20}\ ){1,3}(?:no|nomor|nomer)\b\.?\ ?\d{1,4}[a-z]?\b"
    ),
    _pattern(r"\bRT\b\.?\ ?\d{1,3}\ ?/?\ ?RW\b\.?\ ?\d{1,3}\b"),
    _pattern(
        rf"""\b(?:[Pp]erumahan|[Kk]omplek|[Kk]ost?|[Aa]srama)[ ]{NAME_WORD}{TWO_MORE},?
        [ ](?:[Bb]lok|[Kk]amar|[Nn]o)\b\.?[ ]?\w{{1,5}}""",
        any_case=False,
    ),
)
# Words that stand between a number and a road without being its name: "2 weeks on the road".
NO_STREETS = _words(
    """a across along an and away blocks by cars days down each every for from hours in into is kilometres
    km lanes meters metres miles minutes months more near of off on one or other out over people side
    steps the this times to up weeks were with years"""
)

STUDENT_SIGN = _pattern(
    r"""(?:\b(?:student|matriculation|matric|registration|enrolment|enrollment|university|uni)\s(?:id|number|no\.?|nr\.?)
      |\bstudentnumber|\bstudent\sid\snumber|\bmatric(?:ulation)?(?=\s?:?\s?\d{5})
      |(?<!\w)(?-i:Α\.?\s?Μ\.?|AM)(?=\s?(?::|μου|είναι|ειναι|\.|\d{6}))
      |αριθμ[όο]ς\s(?:φοιτητικού\s)?μητρ[ώω]ου|μητρ[ώω]ο|αρ\.?\s?μητρ[ώω]ου|αριθμ[όο]ς\sφοιτητ[ήη]
      |ακαδημα[ϊι]κ[όοήη]ς?\s(?:id|ταυτ[όο]τητα)
      |\b(?:nim|npm|nrp|nis)(?:ku)?\b|nomor\sinduk(?:\smahasiswa)?|no\.?\smahasiswa)
    [\s:.\#=-]{0,4}(?:(?:is|was|μου|είναι|ειναι|saya|aku|adalah|ku|gue)[\s:.-]{1,3}){0,3}
    (?P<words>[A-Za-z]{0,4}[-/]?\d[\d./-]{2,18}\d)(?!\w)"""
)
# Letters of a course of study and the number in it, as many universities write them: el18123, p3180123.
STUDENT_NUMBER = _pattern(r"(?<![\w/.@#-])[a-z]{1,3}\d{5,10}(?![\w@-])")

ENGLISH_NAME = _pattern(
    r"\bmy\ (?:full\ |real\ |first\ |last\ |given\ )?name(?:\ is|['’]s)\ (?P<rest>[^\n]{1,80})"
)
GREEK_NAME = _pattern(
    r"""(?:(?<!\w)(?:με\ λ[έε]νε|το\ [όο]νομ[άα]\ μου\ ε[ίι]ναι|ονομ[άα]ζομαι|λ[έε]γομαι)\ )
    (?P<rest>[^\n]{1,80})"""
)
GREEK_I_AM = _pattern(rf"(?<!\w)[Εε]ίμαι[ ](?:ο|η)[ ](?P<words>{NAME_WORD}{TWO_MORE})", any_case=False)
INDONESIAN_NAME = _pattern(
    r"""\b(?:nama\ (?:lengkap\ |asli\ |panggilan\ )?(?:saya|aku|gue|gua|gw|ku)|namaku|nama\ gw|saya\ bernama
    |aku\ bernama|panggil\ (?:saja\ )?(?:saya|aku|gue))\ (?:adalah\ |itu\ |yaitu\ |ialah\ )?
    (?P<rest>[^\n]{1,80})"""
)
WORD = r"[^\W\d_][\w'’-]*"
FIRST_WORD = re.compile(WORD)
CAPITALS = re.compile(rf"{NAME_WORD}{TWO_MORE}")
# A name that was typed without a capital is believed only where the sentence ends after it or goes on as an
# introduction does.
LOWER_NAME = _pattern(
    rf"""(?P<name>{WORD})(?=\s*(?:$|[.,;!?)·]|\s(?:and|i|i'm|i’m|from|but|och|και|κι|είμαι|ειμαι|από|απο|dan|dari|umur
    |mahasiswa|mahasiswi|anak|semester|jurusan|angkatan|usia|kuliah)\b))"""
)
NO_NAMES = _words(
    """not on in at the a an always never known being still written unusual hard difficult similar common
    misspelled mispronounced everywhere nowhere nothing anonymous private secret safe gone ruined dirt
    mud wrong also just all irrelevant unimportant unknown hidden worth mine one weird boring rare long
    short foreign there here out public lost funny γνωστό γνωστο γραμμένο γραμμενο δύσκολο δυσκολο
    παντού πουθενά σπάνιο σπανιο κοινό μυστικό άγνωστο ξένο το η ο ένα έτσι τι πως πώς αλλιώς όπως όλοι
    χαζή χαζό τρελή τρελό αστείο περίεργο λάθος tidak bukan ada sudah belum disebut dicoret dipanggil
    ditulis dihapus hilang jelek susah sulit aneh panjang pendek yang juga masih akan itu ini apa siapa
    rahasia salah sama penting kapan kapanpun nanti saja lagi sering selalu jadi tercemar rusak
    terdaftar tercantum buruk baik unik umum jarang disini sini di ke pernah malah"""
)
NO_GREEK_NAMES = _words(
    "Έλληνας Ελληνίδα Κύπριος Κύπρια Αλβανός Αλβανίδα Αθηναίος Αθηναία Χριστιανός Χριστιανή Erasmus"
)
