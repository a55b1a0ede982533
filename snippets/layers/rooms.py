import ipaddress


def bits(address):
    return ' '.join(f'{byte:08b}' for byte in address.packed)


def main():
    room = ipaddress.ip_network('10.0.1.0/24')
    print('маска    ', bits(room.netmask))
    for text in ['10.0.1.10', '10.0.1.5', '10.0.2.80']:
        address = ipaddress.ip_address(text)
        where = 'в комнате' if address in room else 'за дверью'
        print(text.ljust(9), bits(address), where)


if __name__ == '__main__':
    main()
