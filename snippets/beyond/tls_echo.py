import socket
import ssl
import tempfile
import threading
from pathlib import Path

CLIENTS = 4


# --8<-- [start:server]
def server_context():
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, 'localhost.pem')
        file.write_text(KEY + CERTIFICATE)
        context.load_cert_chain(file)
    return context


def serve(listener, context):
    for _ in range(CLIENTS):
        connection, address = listener.accept()
        try:
            connection.settimeout(5)
            with context.wrap_socket(connection, server_side=True) as tls:
                while data := tls.recv(1024):
                    tls.sendall(data)
        except OSError:
            pass  # клиент ушёл, например не поверил сертификату
# --8<-- [end:server]


# --8<-- [start:client]
def ask(address, name, context):
    with socket.create_connection(address, timeout=5) as sock:
        with context.wrap_socket(sock, server_hostname=name) as tls:
            tls.sendall(b'hello\n')
            with tls.makefile('rb') as answers:
                return repr(answers.readline()), tls.version()


def attempt(what, address, name, context):
    print(what)
    try:
        print('  ', *ask(address, name, context))
    except ssl.SSLCertVerificationError as error:
        print('  ', error.verify_message)
# --8<-- [end:client]


# --8<-- [start:main]
def main():
    with socket.create_server(('127.0.0.1', 0)) as listener:
        threading.Thread(
            target=serve, args=(listener, server_context()), daemon=True
        ).start()
        address = listener.getsockname()

        trusting = ssl.create_default_context(cadata=CERTIFICATE)
        attempt('Этому сертификату доверяем, имя то:',
                address, 'localhost', trusting)
        attempt('Сертификату доверяем, но ждём e1.ru:',
                address, 'e1.ru', trusting)

        usual = ssl.create_default_context()
        attempt('Доверяем тем же, кому система:',
                address, 'localhost', usual)

        careless = ssl.create_default_context()
        careless.check_hostname = False
        careless.verify_mode = ssl.CERT_NONE
        attempt('Ничего не проверяем:', address, 'e1.ru', careless)
# --8<-- [end:main]


# Этот ключ напечатан на странице лекции: секретом он больше не будет.
KEY = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgK+6hu3mMAXWUGmQE
C31q2+wY+KGpSPFYe7kySBo7T4GhRANCAAQPK31hAy+iRW3zzgnNskCyGM+TWHZD
wQzJfagfwYWHNDzGzb7DB5OFntx1Exu8lxhpdLsUguIfppD1PljwZ5mm
-----END PRIVATE KEY-----
"""

CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBcjCCARegAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwIBcNMjAwMTAxMDAwMDAwWhgPOTk5OTEyMzEyMzU5NTlaMBQxEjAQBgNVBAMM
CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABA8rfWEDL6JFbfPO
Cc2yQLIYz5NYdkPBDMl9qB/BhYc0PMbNvsMHk4We3HUTG7yXGGl0uxSC4h+mkPU+
WPBnmaajWDBWMB0GA1UdDgQWBBToawT8It2MgiQ1xJQ7F1M6RgMnETAPBgNVHRMB
Af8EBTADAQH/MA4GA1UdDwEB/wQEAwIChDAUBgNVHREEDTALgglsb2NhbGhvc3Qw
CgYIKoZIzj0EAwIDSQAwRgIhAIzXIZiql06Q+lKqwTnIjNQLq83wK/19C/ueB/S6
Z1cdAiEAu/W4E6djxs06/9sGRDC+OA+a5HnElReAyIiVO3lG4TQ=
-----END CERTIFICATE-----
"""

if __name__ == '__main__':
    main()
