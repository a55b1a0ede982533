import codecs
import socket


def main():
    here, there = socket.socketpair()
    with here, there:
        there.sendall('Привет'.encode())
        there.close()
        data = b''
        decoder = codecs.getincrementaldecoder('utf-8')()
        while chunk := here.recv(5):
            print(repr(chunk))
            try:
                print('  chunk.decode():', chunk.decode())
            except UnicodeDecodeError as error:
                print('  UnicodeDecodeError:', error.reason)
            print('  decoder.decode(chunk):', decoder.decode(chunk))
            data += chunk
        print('data.decode():', data.decode())


if __name__ == '__main__':
    main()
