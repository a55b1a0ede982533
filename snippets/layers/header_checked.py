import struct

HEADER = struct.Struct('!HHHH')


def pack_header(source, destination, data):
    length = HEADER.size + len(data)
    return HEADER.pack(source, destination, length, 0) + data


# --8<-- [start:unpack]
def unpack_header(datagram):
    source, destination, length, checksum = HEADER.unpack_from(datagram)
    if not HEADER.size <= length <= len(datagram):
        raise ValueError(f'длина {length}, а пришло {len(datagram)} байт')
    return source, destination, datagram[HEADER.size:length]
# --8<-- [end:unpack]


def main():
    datagram = pack_header(50000, 53, b'hello')
    print(repr(datagram))
    print(unpack_header(datagram))


if __name__ == '__main__':
    main()
