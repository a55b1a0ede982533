import struct

HEADER = struct.Struct('!HHHH')


def pack_header(source, destination, data):
    return HEADER.pack(source, destination, len(data), 0) + data


def unpack_header(datagram):
    source, destination, length, checksum = HEADER.unpack_from(datagram)
    end = HEADER.size + length
    if end > len(datagram):
        raise ValueError(f'не хватает {end - len(datagram)} байт')
    return source, destination, datagram[HEADER.size:end]


def main():
    datagram = pack_header(50000, 53, b'hello')
    print(repr(datagram))
    print(unpack_header(datagram))


if __name__ == '__main__':
    main()
