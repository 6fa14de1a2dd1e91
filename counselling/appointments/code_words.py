"""Two easy words to say at the door, proposed in the reader's language.

They are heard once, by one person who waits for them: they need to be easy to say, and nobody's name. They
are things that nobody is ashamed to say in a corridor.
"""

import secrets

ENGLISH = """
anchor apple basket bell bird blanket boat bread bridge button candle chair cloud copper cup feather
field forest garden glass hill honey kettle kite lake lamp lantern leaf lemon meadow moon mountain
orange paper pebble pencil piano rain river shell silver snow spoon star stone table teapot tree
umbrella wave window wool
"""
GREEK = """
άγκυρα αμύγδαλο αστέρι βάρκα βουνό βροχή γέφυρα γυαλί δάσος δέντρο ελιά ζάχαρη θάλασσα καλάθι
καμπάνα καρέκλα κερί κήπος κοχύλι κουμπί κουτάλι κύμα λεμόνι λίμνη λιβάδι μέλι μήλο μολύβι ομπρέλα
παράθυρο πέτρα πεύκο πιάνο ποτάμι ποτήρι πουλί ρολόι σύννεφο τραπέζι φανάρι φεγγάρι φτερό φύλλο
χαλίκι χαρτί χιόνι ψωμί
"""
INDONESIAN = """
air apel awan batu bintang buku bulan bunga burung cangkir danau daun embun garam gelas gula gunung
hujan hutan jambu jembatan jendela kaca kapal kayu kebun kelapa kertas kursi ladang lampu laut lilin
lonceng madu meja ombak padi pasir payung pelangi pensil perahu piring pohon roti salju sendok
sungai taman tangga teh
"""
WORDS = {"en": ENGLISH.split(), "el": GREEK.split(), "id": INDONESIAN.split()}


def propose_code_word(language: str) -> str:
    """Two different words."""
    first, second = secrets.SystemRandom().sample(WORDS.get(language, WORDS["en"]), 2)
    return f"{first} {second}"
