def two_bytes(number):
    if not 0 <= number <= 65535:
        raise ValueError(f'{number} не помещается в два байта')
    return bytes([number >> 8, number & 255])


def pack_header(source, destination, data):
    numbers = source, destination, 8 + len(data), 0
    return b''.join(map(two_bytes, numbers)) + data


def unpack_header(datagram):
    source = int.from_bytes(datagram[0:2], 'big')
    destination = int.from_bytes(datagram[2:4], 'big')
    length = int.from_bytes(datagram[4:6], 'big')
    if not 8 <= length <= len(datagram):
        raise ValueError(f'длина {length}, а пришло {len(datagram)} байт')
    return source, destination, datagram[8:length]


def main():
    datagram = pack_header(50000, 53, b'hello')
    print(repr(datagram))
    print(unpack_header(datagram))


if __name__ == '__main__':
    main()
