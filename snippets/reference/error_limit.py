import contextlib
import errno
import socket

try:
    import resource
except ImportError:  # на Windows этого модуля нет
    resource = None


def main():
    if resource:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))

    with contextlib.ExitStack() as stack:
        try:
            for number in range(100):
                stack.enter_context(socket.socket())
            print('сто сокетов открыты')
        except OSError as error:
            print(f'{type(error).__name__}: {error}')
            print(f'errno.{errno.errorcode[error.errno]}')
    print('сокеты закрыты, места снова хватает')


if __name__ == '__main__':
    main()
