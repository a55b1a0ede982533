def pack_header(source, destination, data):
    return b'%d:%d:' % (source, destination) + data


def unpack_header(datagram):
    parts = datagram.split(b':')
    return int(parts[0]), int(parts[1]), parts[2]


def main():
    datagram = pack_header(50000, 53, b'hello')
    print(repr(datagram))
    print(unpack_header(datagram))


if __name__ == '__main__':
    main()
