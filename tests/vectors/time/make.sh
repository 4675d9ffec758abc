#!/bin/sh
# Make the worked token of docs/spec/time.md with OpenSSL alone: nothing of ours takes part.
# Its time is the moment at which this runs, so the page must be changed with it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat >config <<'END'
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[stamp]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = critical, timeStamping
[tsa]
default_policy = 1.3.6.1.4.1.13762.3
digests = sha256
signer_digest = sha256
serial = serial
accuracy = secs:1
ess_cert_id_alg = sha256
END
printf '01\n' >serial
curve='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
# shellcheck disable=SC2086 # these are several words
openssl req -x509 $curve -keyout root.key -out root.pem -days 3650 -config config \
  -extensions root -subj '/CN=Worked example, root' -section root 2>/dev/null
# shellcheck disable=SC2086
openssl req $curve -keyout stamp.key -out stamp.csr -subj '/CN=Worked example, clock' \
  -config config -section root 2>/dev/null
openssl x509 -req -in stamp.csr -CA root.pem -CAkey root.key -days 3650 -out stamp.pem \
  -extfile config -extensions stamp 2>/dev/null

cp "$here/checkpoint-text" text
openssl ts -query -data text -sha256 -no_nonce -cert -out request.der -config config 2>/dev/null
openssl ts -reply -queryfile request.der -signer stamp.pem -inkey stamp.key -config config \
  -section tsa -token_out -out token.der 2>/dev/null
openssl x509 -in root.pem -outform DER -out root.der
openssl ts -verify -data text -in token.der -token_in -CAfile root.pem
openssl ts -reply -in token.der -token_in -text -config config 2>/dev/null | grep 'Time stamp'
cp request.der token.der root.der "$here"
