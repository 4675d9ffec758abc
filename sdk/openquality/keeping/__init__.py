"""Where private keys are kept: in a file, sealed by a passphrase or not, or outside of it.

    signer.py      the port: what signs, wherever its key is
    local.py       a key in memory, written as a plain file
    sealed.py      a file that a passphrase opens (PKCS #8, scrypt, AES-256)
    ring.py        the keyring of the operating system
    token.py       a token that speaks PKCS #11: a smart card, an HSM
    program.py     a program of the user's that asks a key service (KMS)

    files.py       key files: which of these one is; written for their owner alone
    passphrase.py  where passphrases and PINs come from
    agreed.py      the modules and programs that the user lets key files load and run

docs/guide/keys.md tells suppliers when to take which.
"""
