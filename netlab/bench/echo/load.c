/* Нагрузка на эхо-сервер: один поток, epoll. Ею управляет load.py.
 *
 *   load ask   ПОРТ КЛИЕНТОВ СЕКУНД РАЗМИНКА   каждый клиент шлёт строку в 64 байта, ждёт её назад, шлёт снова
 *   load bulk  ПОРТ МИБ СЕКУНД                 один клиент шлёт поток строк кусками по 64 КиБ и разом читает
 *   load hold  ПОРТ СНАЧАЛА ВСЕГО              клиенты приходят, получают одну строку назад и молчат
 *   load flood ПОРТ КЛИЕНТОВ СЕКУНД            все клиенты приходят разом; когда каждый получил ответ?
 *
 * На C, чтобы медленнее всех был сервер, а не тот, кто его измеряет. Каждый байт ответа сверяется с
 * отправленным: быстрый, но неверный сервер места в таблице не получит.
 *
 * Перед самим измерением пишет «ready» и ждёт строку: за это время load.py снимает показания сервера. После —
 * строки «имя число» и «done», и снова ждёт: соединения открыты, показания снимаются ещё раз. Чего не
 * вышло — одним предложением в stderr и код 1.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LINE = 64, CHUNK = 65536, EVENTS = 512, STALL_MS = 10000 };
enum { STEP_NS = 250, STEPS = 1 << 22 }; /* задержки до секунды с точностью в четверть микросекунды */

struct client {
    int fd, got, greeted;
    double asked;
    char line[LINE];
};

static int port, poller;
static struct client *clients;
static unsigned delays[STEPS];
static char sample[2 * CHUNK], incoming[CHUNK];

static void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static double own_cpu(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

/* Сколько секунд мы были готовы работать, но ядро занимал другой (вторая графа schedstat, proc(5)). */
static double waited_for_core(void) {
    unsigned long long worked, waited = 0;
    FILE *file = fopen("/proc/self/schedstat", "r");
    if (!file) return 0;
    if (fscanf(file, "%llu %llu", &worked, &waited) != 2) waited = 0;
    fclose(file);
    return waited * 1e-9;
}

/* Сообщает слово и ждёт, пока load.py не ответит строкой; если он умер, незачем жить и нам. */
static void wait_after(const char *word) {
    puts(word);
    fflush(stdout);
    if (getchar() == EOF) exit(1);
}

static void expect(int count) {
    clients = calloc(count, sizeof *clients);
    if (!clients) fail("не хватает памяти на %d клиентов", count);
}

static struct client *dial(int number, int flags) {
    struct client *client = &clients[number];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    client->fd = socket(AF_INET, SOCK_STREAM | flags, 0);
    if (client->fd < 0) fail("нет дескриптора для клиента %d: %s", number + 1, strerror(errno));
    if (connect(client->fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS)
        fail("клиент %d не соединился: %s", number + 1, strerror(errno));
    int yes = 1; /* иначе строка ждала бы подтверждения предыдущей (алгоритм Нейгла) */
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    memset(client->line, '.', LINE);
    client->line[snprintf(client->line, LINE, "client %d ", number + 1)] = '.';
    client->line[LINE - 1] = '\n';
    return client;
}

static void watch(struct client *client, unsigned events) {
    struct epoll_event event = {.events = events, .data.ptr = client};
    epoll_ctl(poller, EPOLL_CTL_ADD, client->fd, &event);
}

static void ask(struct client *client) {
    client->got = 0;
    if (send(client->fd, client->line, LINE, MSG_NOSIGNAL) != LINE)
        fail("клиент %ld не смог послать строку: %s", client - clients + 1, strerror(errno));
}

/* Дочитывает ответ; 1 — строка вернулась целиком. */
static int answered(struct client *client) {
    long number = client - clients + 1;
    char answer[LINE];
    int count = recv(client->fd, answer, LINE - client->got, MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN) return 0;
    if (count < 0) fail("связь клиента %ld оборвалась: %s", number, strerror(errno));
    if (count == 0) fail("сервер закрыл соединение клиента %ld", number);
    if (memcmp(answer, client->line + client->got, count)) fail("клиент %ld получил не свои байты", number);
    client->got += count;
    return client->got == LINE;
}

/* Клиенты по одному приходят и получают первый ответ: очередь listen в этих измерениях не мешает никому. */
static void greet(int first, int last) {
    for (int i = first; i < last; i++) {
        struct client *client = dial(i, 0);
        struct pollfd wait = {.fd = client->fd, .events = POLLIN};
        ask(client);
        do {
            if (poll(&wait, 1, STALL_MS) != 1) fail("клиент %d не дождался ответа", i + 1);
        } while (!answered(client));
    }
}

/* Спрашивает и спрашивает секунды подряд; возвращает число ответов. */
static long converse(int count, double seconds, double *elapsed) {
    struct epoll_event events[EVENTS];
    long messages = 0;
    int waiting = count;
    double start = now(), stop = start + seconds, time = start;
    for (int i = 0; i < count; i++) {
        clients[i].asked = now();
        ask(&clients[i]);
    }
    while (waiting) {
        int ready = epoll_wait(poller, events, EVENTS, STALL_MS);
        if (ready <= 0) fail("ответа нет %d секунд", STALL_MS / 1000);
        for (int i = 0; i < ready; i++) {
            struct client *client = events[i].data.ptr;
            if (!answered(client)) continue;
            time = now();
            long step = (time - client->asked) * 1e9 / STEP_NS;
            delays[step < STEPS ? step : STEPS - 1]++;
            messages++;
            if (time < stop) {
                client->asked = time;
                ask(client);
            } else {
                waiting--;
            }
        }
    }
    *elapsed = time - start;
    return messages;
}

static double percentile(long messages, double share) {
    long seen = 0, step = 0;
    while ((seen += delays[step]) < messages * share) step++;
    return (step + 0.5) * STEP_NS / 1000.0;
}

static void run_ask(int count, double seconds, double warm_up) {
    double elapsed;
    expect(count);
    greet(0, count);
    for (int i = 0; i < count; i++) watch(&clients[i], EPOLLIN);
    converse(count, warm_up, &elapsed);
    memset(delays, 0, sizeof delays);
    wait_after("ready");
    double busy = own_cpu(), waited = waited_for_core();
    long messages = converse(count, seconds, &elapsed);
    printf("messages %ld\nseconds %.9f\n", messages, elapsed);
    printf("busy %.9f\nwaited %.9f\n", own_cpu() - busy, waited_for_core() - waited);
    printf("p50 %.2f\np99 %.2f\n", percentile(messages, 0.50), percentile(messages, 0.99));
    wait_after("done");
}

static void run_bulk(long limit, double seconds) {
    long sent = 0, received = 0;
    expect(1);
    greet(0, 1);
    struct client *client = clients;
    for (int i = 0; i < 2 * CHUNK; i += LINE) memcpy(sample + i, client->line, LINE);
    wait_after("ready");
    double start = now(), busy = own_cpu();
    while (received < limit) {
        struct pollfd wait = {.fd = client->fd, .events = POLLIN | (sent < limit ? POLLOUT : 0)};
        if (poll(&wait, 1, STALL_MS) != 1) fail("поток остановился на %ld-м байте", received);
        if (wait.revents & POLLOUT) {
            long size = limit - sent < CHUNK ? limit - sent : CHUNK;
            long count = send(client->fd, sample + sent % LINE, size, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (count > 0) sent += count;
            /* Медленный сервер весь объём не пройдёт: довольствуемся тем, что успели, до целой строки. */
            if (now() - start > seconds && limit > sent) limit = (sent + LINE - 1) / LINE * LINE;
        }
        if (wait.revents & ~POLLOUT) {
            long count = recv(client->fd, incoming, CHUNK, MSG_DONTWAIT);
            if (count < 0 && errno == EAGAIN) continue;
            if (count <= 0) fail("связь оборвалась на %ld-м байте", received);
            if (memcmp(incoming, sample + received % LINE, count))
                fail("после %ld-го байта вернулось не то, что послано", received);
            received += count;
        }
    }
    double elapsed = now() - start;
    printf("bytes %ld\nseconds %.9f\nbusy %.9f\n", received, elapsed, own_cpu() - busy);
    wait_after("done");
}

static void run_hold(int first, int count) {
    expect(count);
    greet(0, first);
    wait_after("ready");
    greet(first, count);
    printf("clients %d\n", count - first);
    wait_after("done");
}

static void run_flood(int count, double seconds) {
    struct epoll_event events[EVENTS];
    int greeted = 0, in_second = 0;
    expect(count);
    wait_after("ready");
    double start = now(), last = 0, passed = 0;
    for (int i = 0; i < count; i++) watch(dial(i, SOCK_NONBLOCK), EPOLLOUT);
    while (greeted < count && passed < seconds) {
        int ready = epoll_wait(poller, events, EVENTS, 1 + (seconds - passed) * 1000);
        passed = now() - start;
        for (int i = 0; i < ready; i++) {
            struct client *client = events[i].data.ptr;
            if (events[i].events & (EPOLLERR | EPOLLHUP)) {
                epoll_ctl(poller, EPOLL_CTL_DEL, client->fd, NULL); /* так и не впустили */
            } else if (events[i].events & EPOLLOUT) {
                struct epoll_event reading = {.events = EPOLLIN, .data.ptr = client};
                epoll_ctl(poller, EPOLL_CTL_MOD, client->fd, &reading);
                ask(client);
            } else if (answered(client)) {
                epoll_ctl(poller, EPOLL_CTL_DEL, client->fd, NULL);
                greeted++;
                in_second += passed <= 1;
                last = passed;
            }
        }
    }
    printf("greeted %d\nin_second %d\nlast %.3f\n", greeted, in_second, last);
    wait_after("done");
}

int main(int count, char **words) {
    if (count < 5) fail("нужны: режим, порт и два числа");
    port = atoi(words[2]);
    poller = epoll_create1(EPOLL_CLOEXEC);
    if (!strcmp(words[1], "ask") && count == 6) run_ask(atoi(words[3]), atof(words[4]), atof(words[5]));
    else if (!strcmp(words[1], "bulk")) run_bulk(atol(words[3]) << 20, atof(words[4]));
    else if (!strcmp(words[1], "hold")) run_hold(atoi(words[3]), atoi(words[4]));
    else if (!strcmp(words[1], "flood")) run_flood(atoi(words[3]), atof(words[4]));
    else fail("режима %s нет", words[1]);
    return 0;
}
