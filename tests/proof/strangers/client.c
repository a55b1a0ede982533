/* Клиент эхо-сервера на C: ни байта Python на этой стороне.
 *
 *     client ADDRESS PORT BYTES [LINE]
 *
 * Посылает BYTES байт строками разной длины и одновременно читает, сверяя каждый байт; затем посылает
 * LINE и LF (по умолчанию quit) и ждёт конца потока. Код 0, если вернулось всё и ничего лишнего.
 */

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE_MS = 10000, CHUNK = 50000 };

static void fail(const char *what)
{
    fprintf(stderr, "client: %s: %s\n", what, errno ? strerror(errno) : "-");
    exit(1);
}

static int dial(const char *address, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};
    struct addrinfo *found;
    if (getaddrinfo(address, port, &hints, &found) != 0)
        fail("getaddrinfo");
    int fd = socket(found->ai_family, found->ai_socktype, found->ai_protocol);
    if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen) < 0)
        fail("connect");
    freeaddrinfo(found);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    return fd;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        fail("usage: client ADDRESS PORT BYTES [LINE]");
    size_t size = strtoull(argv[3], NULL, 10);
    const char *line = argc > 4 ? argv[4] : "quit";
    size_t total = size + strlen(line) + 1;

    char *stream = malloc(total);
    for (size_t i = 0; i < size; i++)
        stream[i] = i % 97 == 96 || i + 1 == size ? '\n' : (char)(i % 251 == 10 ? 11 : i % 251);
    memcpy(stream + size, line, total - size - 1);
    stream[total - 1] = '\n';

    int fd = dial(argv[1], argv[2]);
    static char buffer[CHUNK];
    size_t sent = 0, received = 0;
    for (;;) {
        struct pollfd ready = {.fd = fd, .events = POLLIN | (sent < total ? POLLOUT : 0)};
        errno = 0;
        if (poll(&ready, 1, PATIENCE_MS) <= 0)
            fail("poll");
        if (ready.revents & POLLOUT) {
            size_t left = total - sent;
            ssize_t n = send(fd, stream + sent, left < CHUNK ? left : CHUNK, 0);
            if (n < 0 && errno != EAGAIN)
                fail("send");
            if (n > 0)
                sent += (size_t)n;
        }
        if (ready.revents & (POLLIN | POLLHUP | POLLERR)) {
            ssize_t n = recv(fd, buffer, sizeof buffer, 0);
            if (n < 0 && errno != EAGAIN)
                fail("recv");
            if (n == 0)
                break;
            if (n > 0) {
                if (received + (size_t)n > size)
                    fail("extra bytes");
                if (memcmp(buffer, stream + received, (size_t)n) != 0)
                    fail("wrong bytes");
                received += (size_t)n;
            }
        }
    }
    if (received != size)
        fail("end of stream before the last byte");
    close(fd);
    free(stream);
    return 0;
}
