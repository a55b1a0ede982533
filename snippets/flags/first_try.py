import socket
import sys

host, port, name = sys.argv[1:] or ['127.0.0.1', '13000', 'Студент']
with socket.create_connection((host, int(port)), timeout=10) as sock:
    sock.sendall(f'hello {name}\nstart 2\n'.encode())
    data = b''
    while b'\ngo\n' not in data:
        data += sock.recv(4096)
    line = data.partition(b'\ngo\n')[2]
    sock.sendall(line.strip() + b'\n')

    with sock.makefile(encoding='utf-8') as answer:
        for said in answer:
            print(said, end='')
            if said.startswith('! Ещё раз'):
                break
