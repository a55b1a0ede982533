import struct

RECORD = struct.Struct('!10sQ')


def main():
    for name in ('a.txt', 'Часть 2.txt', 'О роли.txt'):
        record = RECORD.pack(name.encode(), 6)
        field, size = RECORD.unpack(record)
        print(name, '—', repr(field))
        try:
            print('  прочли:', field.rstrip(b'\0').decode())
        except UnicodeDecodeError as error:
            print('  UnicodeDecodeError:', error.reason)


if __name__ == '__main__':
    main()
