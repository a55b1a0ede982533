import zlib


def main():
    whole = zlib.crc32(b'hello, world!')
    print('десятичными цифрами:', whole)
    print('шестнадцатеричными: ', f'{whole:08x}')

    crc = 0
    for chunk in [b'hello, ', b'world!']:
        crc = zlib.crc32(chunk, crc)
    print('по кускам то же:    ', crc == whole)


if __name__ == '__main__':
    main()
