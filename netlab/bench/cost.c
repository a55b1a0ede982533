/* Запускает программу и, когда та кончится, говорит, во что она обошлась. Зовёт её errand.py.
 *
 *   cost ВХОД ВЫХОД ПРОГРАММА АРГУМЕНТЫ…
 *
 * ВХОД и ВЫХОД — файлы, которые станут стандартными вводом и выводом программы. Строки ответа — «имя число»: когда
 * началась и кончилась (CLOCK_MONOTONIC, с), процессор (с), пик памяти (байт), ожидание ядра (с), код завершения.
 *
 * На C — ради памяти: ru_maxrss переживает exec, и пик программы, рождённой прямо из Python, не бывает меньше самого
 * Python. А здесь родитель меньше любой программы.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static double seconds(struct timeval time) { return time.tv_sec + time.tv_usec * 1e-6; }

/* Сколько секунд процесс был готов работать, но ядро занимал другой (вторая графа schedstat, proc(5)). */
static double waited_for_core(pid_t pid) {
    unsigned long long worked, waited = 0;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/schedstat", pid);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    if (fscanf(file, "%llu %llu", &worked, &waited) != 2) waited = 0;
    fclose(file);
    return waited * 1e-9;
}

static void become(char **words) {
    int input = open(words[0], O_RDONLY), output = open(words[1], O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (input < 0 || output < 0 || dup2(input, 0) < 0 || dup2(output, 1) < 0) {
        perror("cost");
        _exit(127);
    }
    execvp(words[2], words + 2);
    perror(words[2]);
    _exit(127);
}

int main(int count, char **words) {
    if (count < 4) return 2;
    double began = now();
    pid_t pid = fork();
    if (pid == 0) become(words + 1);
    siginfo_t ending;
    if (pid < 0 || waitid(P_PID, pid, &ending, WEXITED | WNOWAIT)) {
        perror("cost");
        return 1;
    }
    double ended = now(), waited = waited_for_core(pid); /* после wait4 спросить уже не о ком */
    int status;
    struct rusage usage;
    wait4(pid, &status, 0, &usage);
    printf("began %.9f\nended %.9f\n", began, ended);
    printf("cpu %.6f\n", seconds(usage.ru_utime) + seconds(usage.ru_stime));
    printf("peak %lld\n", usage.ru_maxrss * 1024LL);
    printf("waited %.9f\n", waited);
    printf("code %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return 0;
}
