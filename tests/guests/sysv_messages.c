// SPDX-License-Identifier: GPL-2.0-or-later
/// Uses message queues and semaphores of System V, and message queues of POSIX: they are home's.
#include "guest.h"

#include <fcntl.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>

struct Message {
    long type;
    char text[100];
};

static int queue;
static int semaphores;
static mqd_t posix_queue;
static char posix_name[32];

void set_up(void) {
    struct mq_attr attributes = {.mq_maxmsg = 4, .mq_msgsize = 100};
    queue = (int)expect_success("msgget", msgget(IPC_PRIVATE, 0600));
    semaphores = (int)expect_success("semget", semget(IPC_PRIVATE, 2, 0600));
    snprintf(posix_name, sizeof posix_name, "/guest-%d", (int)getpid());
    posix_queue = (mqd_t)expect_success("mq_open", mq_open(posix_name, O_RDWR | O_CREAT | O_EXCL, 0600, &attributes));
    // Neither ends with the process, so that nothing stays if it is killed: the second goes with the last descriptor.
    expect_success("mq_unlink", mq_unlink(posix_name));
}

void step(unsigned number) {
    struct Message message = {.type = 1 + number % 5}, got = {0};
    unsigned priority = 0;
    char text[100];
    snprintf(message.text, sizeof message.text, "message %u", number);
    expect_success("msgsnd", msgsnd(queue, &message, strlen(message.text) + 1, 0));
    expect_error("msgrcv of another type", ENOMSG, msgrcv(queue, &got, sizeof got.text, 99, IPC_NOWAIT));
    expect("msgrcv", (long)strlen(message.text) + 1,
           expect_success("msgrcv", msgrcv(queue, &got, sizeof got.text, message.type, 0)));
    expect("type", message.type, got.type);
    expect_text("message", message.text, got.text);

    struct sembuf up = {.sem_num = 1, .sem_op = 2}, down = {.sem_num = 1, .sem_op = -2};
    expect_success("semop", semop(semaphores, &up, 1));
    expect("semctl", 2, expect_success("semctl", semctl(semaphores, 1, GETVAL)));
    expect_success("semop", semop(semaphores, &down, 1));

    expect_success("mq_send", mq_send(posix_queue, message.text, strlen(message.text) + 1, 3));
    expect("mq_receive", (long)strlen(message.text) + 1,
           expect_success("mq_receive", mq_receive(posix_queue, text, sizeof text, &priority)));
    expect_text("message", message.text, text);
    expect("priority", 3, priority);
    compute();
}

void finish(void) {
    expect_success("msgctl", msgctl(queue, IPC_RMID, NULL));
    expect_success("semctl", semctl(semaphores, 0, IPC_RMID));
}
