/* Эхо-сервер на C: epoll, один поток, ничего сверх необходимого. С ним сравнивают остальные.
 *
 *   epoll_echo ПОРТ
 *
 * Один общий буфер на всех. Если ядро взяло не весь ответ, остаток копируется и от этого клиента ничего не
 * читается, пока он не заберёт остаток: память ограничена, как бы клиент ни вёл себя. Строк и команд не знает.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHUNK = 65536, EVENTS = 512, BACKLOG = 4096 };

struct client {
    int fd;
    char *unsent;
    long from, size;
};

static int poller;
static char buffer[CHUNK];

static void wait_for(struct client *client, int operation, unsigned events) {
    struct epoll_event event = {.events = events, .data.ptr = client};
    epoll_ctl(poller, operation, client->fd, &event);
}

static void leave(struct client *client) {
    close(client->fd);
    free(client->unsent);
    free(client);
}

static void welcome(int listener) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    struct client *client = calloc(1, sizeof *client);
    if (!client) abort();
    client->fd = fd;
    wait_for(client, EPOLL_CTL_ADD, EPOLLIN);
}

static void echo(struct client *client) {
    long size = recv(client->fd, buffer, CHUNK, 0);
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) {
        leave(client);
        return;
    }
    long sent = send(client->fd, buffer, size, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) {
        leave(client);
        return;
    }
    if (sent < 0) sent = 0;
    if (sent < size) {
        client->size = size - sent;
        client->from = 0;
        client->unsent = malloc(client->size);
        if (!client->unsent) abort();
        memcpy(client->unsent, buffer + sent, client->size);
        wait_for(client, EPOLL_CTL_MOD, EPOLLOUT);
    }
}

static void send_rest(struct client *client) {
    long sent = send(client->fd, client->unsent + client->from, client->size - client->from, MSG_NOSIGNAL);
    if (sent < 0) {
        if (errno != EAGAIN) leave(client);
        return;
    }
    client->from += sent;
    if (client->from == client->size) {
        free(client->unsent);
        client->unsent = NULL;
        wait_for(client, EPOLL_CTL_MOD, EPOLLIN);
    }
}

int main(int count, char **words) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(count > 1 ? atoi(words[1]) : 5555)};
    struct epoll_event events[EVENTS], event = {.events = EPOLLIN};
    int yes = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, BACKLOG)) {
        perror("listen");
        return 1;
    }
    poller = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int ready = epoll_wait(poller, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            struct client *client = events[i].data.ptr;
            if (!client) welcome(listener);
            else if (client->unsent) send_rest(client);
            else echo(client);
        }
    }
}
