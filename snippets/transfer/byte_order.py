import struct
import sys


def main():
    print('процессор:', sys.byteorder)
    for order in '!><=@':
        packed = struct.pack(order + 'HQ', 5, 6)
        print(order + 'HQ', len(packed), 'байт:', packed.hex(' '))

    packed = struct.pack('<Q', 6)
    (size,) = struct.unpack('>Q', packed)
    print('6 записали < и прочли >:', size)


if __name__ == '__main__':
    main()
