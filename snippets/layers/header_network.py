import struct

# --8<-- [start:order]
HEADER = struct.Struct('!HHHH')
# --8<-- [end:order]


def pack_header(source, destination, data):
    length = HEADER.size + len(data)
    return HEADER.pack(source, destination, length, 0) + data


def unpack_header(datagram):
    source, destination, length, checksum = HEADER.unpack_from(datagram)
    return source, destination, datagram[HEADER.size:]


def main():
    datagram = pack_header(50000, 53, b'hello')
    print(repr(datagram))
    print(unpack_header(datagram))


if __name__ == '__main__':
    main()
