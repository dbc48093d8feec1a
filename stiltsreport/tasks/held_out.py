"""The paragraphs that SQuAD's dev set shares with XQuAD and LAReQA: nothing on them may select a checkpoint that is reported on them.

XQuAD took 240 paragraphs, of all 48 articles of SQuAD's dev set (Artetxe et al. 2020, section 4): to leave out whole articles would
leave nothing.
"""

from __future__ import annotations

import hashlib

# The first 8 hexadecimal digits of the sha256 of each paragraph, its blanks made single.
_XQUAD = frozenset(
    """
    01606aac 02473abe 0392a209 046e69fc 082c3acd 083e9d9d 09bd6192 0b3bdd5c 0bed9863 0cc7e2c8 0db6c18a 0db918cf 0fe05bd1 10e098c4
    15762117 18adb539 19620cc8 19c3beac 1a3bfa6d 1a671b41 1c7faebb 1d22fe73 1d4b2491 1d7b64cc 1dd13bf1 1e5e6f12 1f0fc479 215da96f
    22a8092c 249e7dd9 24e6c613 252c049b 26823ec8 26b6d4dd 26e9c237 299ff1ed 2b614d2f 2c447bf3 2cd5effe 2f7eea6e 308b0c61 3344ef93
    33fc6535 3526ee48 36480f9e 370a061e 37b7c4ca 3895e66f 39a8970b 3a2ba0c4 3a3878b3 3bc57095 3d913b06 415f6ece 4256a08b 45d09dcb
    46578ca9 482cc835 490cc3b7 492c00fb 4a3b763d 4bec549c 4d3f905e 4de7e232 513cf1b8 5231e274 549c3422 54dc2ba0 5723097f 5944ed72
    5b469d64 5e9573df 5ee9e179 5ef3de07 5f56ce2b 5f5d1d6c 613ea613 6180a053 61af1803 62130be8 6218825e 6288ef85 62ea7e43 63be2650
    65fcd048 660e1658 66f13e75 670c1660 67afc3f9 683b342d 68cd564f 697a7cf1 698730d8 6ceedf16 6fc646fa 714fee26 7164a06b 7164ec3e
    7192dfa7 73568a1d 73c9e930 742f9a65 752ba585 75990865 75ac617b 773a4556 781a0469 782a3cf2 79b5634b 7a964e74 7b34e1e2 7c68f0f7
    7cc34b2b 7dbbd86e 7e56efa7 7f5c1af3 804a1a2d 808648d3 81322c2f 829e809f 8390cff7 83c6ede3 8476df13 848249ed 85d08321 85d84a95
    862c1627 8635441a 8680c2d1 86c9f787 87c3a5e2 8858021b 88d1e559 89195070 89494d97 8b14af30 8bef31da 8c3b7f94 8cd0f211 8e240428
    8eda53fa 8f276d70 8fa889bc 8ffda844 9124277b 92cbfe0a 93fbba53 973bba51 99e73b32 9fdc7357 a0434849 a13fb4c3 a314db2a a326fea0
    a5fca4c3 a603a74e a61c5468 a7d16a5d aa1a9a4a ac150f16 ac807a49 afa714a7 b0008033 b1d48329 b2f89873 b33181c0 b36ace55 b3e0e537
    b483eccc b4ba2bbe b53b1369 b67161cb b6b3b4a4 b85f6051 ba71a425 bb06356b bc680335 bcbfda51 bd0515eb bd46991b bf609125 bfad7e54
    bfc15b62 c018c8eb c13e97d5 c2d62502 c3575bec c426efe1 c49d8987 c4fd59d7 c65899f5 c6c943ad c7c7ec36 c7d6c8e5 ca7fe1e1 cc731d55
    ccfb450b cf83b401 d0c31931 d13f4c88 d2350759 d269a250 d3384a30 d3966af0 d3bd27c0 d65ecd07 d66dc811 d8f7752a d96efa04 d9913b5e
    db91f259 dbfbff5b dc779a47 df806129 dff1a5d8 dffeda95 e24121ee e554472c e70fc06b e72c427b e7faaf2c e80ce1ef e9b551e8 ea82c9d7
    eae43b06 ec21379d edee229c ee73f593 ef9a1a52 efc66956 f106d53b f2d52436 f34f6289 f5844a88 f590868c f65b183e f6d8387f fb7cece5
    fc82521f ff55d7c6
    """.split()  # noqa: SIM905 - 240 quoted strings would hide the list
)


def in_xquad(context: str) -> bool:
    """Whether this paragraph is one of XQuAD's in English."""
    return hashlib.sha256(" ".join(context.split()).encode()).hexdigest()[:8] in _XQUAD
