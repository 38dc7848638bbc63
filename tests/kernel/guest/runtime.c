/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime.h"

asm(".pushsection .text\n"
    ".globl _start\n"
    "_start:\n"
    "	xorl %ebp, %ebp\n"
    "	movl (%esp), %eax\n"
    "	leal 4(%esp), %edx\n"
    "	andl $-16, %esp\n"
    "	pushl %eax\n"
    "	pushl %eax\n"
    "	pushl %edx\n"
    "	pushl %eax\n"
    "	call main\n"
    "	movl %eax, %ebx\n"
    "	movl $252, %eax\n"
    "	int $0x80\n"
    ".popsection\n");

/* system_call(number, a, b, c, d, e, f): EBP carries the sixth argument, which inline assembly cannot name. */
asm(".pushsection .text\n"
    ".globl system_call\n"
    "system_call:\n"
    "	pushl %ebp\n"
    "	pushl %ebx\n"
    "	pushl %esi\n"
    "	pushl %edi\n"
    "	movl 20(%esp), %eax\n"
    "	movl 24(%esp), %ebx\n"
    "	movl 28(%esp), %ecx\n"
    "	movl 32(%esp), %edx\n"
    "	movl 36(%esp), %esi\n"
    "	movl 40(%esp), %edi\n"
    "	movl 44(%esp), %ebp\n"
    "	int $0x80\n"
    "	popl %edi\n"
    "	popl %esi\n"
    "	popl %ebx\n"
    "	popl %ebp\n"
    "	ret\n"
    ".popsection\n");

void *map_file(u32 address, u32 size, int protection, int descriptor)
{
	int flags = (address ? MAP_FIXED : 0) | (descriptor < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED);
	long result = system_call(NR_mmap2, (long)address, (long)size, protection, flags, descriptor, 0);

	if (result < 0 && result > -4096)
		die("cannot map %u bytes at %x: error %d\n", size, address, (int)-result);
	return (void *)result;
}

void *map(u32 address, u32 size, int protection)
{
	return map_file(address, size, protection, -1);
}

void protect(u32 address, u32 size, int protection)
{
	long result = CALL3(NR_mprotect, address, size, protection);

	if (result)
		die("cannot protect %x: error %d\n", address, (int)-result);
}

void unmap(u32 address, u32 size)
{
	long result = CALL2(NR_munmap, address, size);

	if (result)
		die("cannot unmap %x: error %d\n", address, (int)-result);
}

void *memset(void *to, int value, unsigned long size)
{
	u8 *bytes = to;

	while (size--)
		*bytes++ = (u8)value;
	return to;
}

void *memcpy(void *to, const void *from, unsigned long size)
{
	u8 *bytes = to;
	const u8 *source = from;

	while (size--)
		*bytes++ = *source++;
	return to;
}

int memcmp(const void *a, const void *b, unsigned long size)
{
	const u8 *first = a, *second = b;

	for (; size--; first++, second++)
		if (*first != *second)
			return *first < *second ? -1 : 1;
	return 0;
}

unsigned long strlen(const char *text)
{
	unsigned long length = 0;

	while (text[length])
		length++;
	return length;
}

int starts_with(const char *text, const char *start)
{
	while (*start)
		if (*text++ != *start++)
			return 0;
	return 1;
}

const char *find_text(const char *text, const char *wanted)
{
	for (; *text; text++)
		if (starts_with(text, wanted))
			return text;
	return 0;
}

struct buffer {
	char *at, *end;
};

static void put(struct buffer *buffer, char character)
{
	if (buffer->at < buffer->end)
		*buffer->at++ = character;
}

static void put_number(struct buffer *buffer, u32 value)
{
	char digits[10];
	int count = 0;

	do
		digits[count++] = (char)('0' + value % 10);
	while (value /= 10);
	while (count)
		put(buffer, digits[--count]);
}

static void put_formatted(struct buffer *buffer, const char *format, va_list arguments)
{
	for (; *format; format++) {
		if (*format != '%') {
			put(buffer, *format);
			continue;
		}
		switch (*++format) {
		case 's':
			for (const char *text = va_arg(arguments, const char *); *text; text++)
				put(buffer, *text);
			break;
		case 'd': {
			int value = va_arg(arguments, int);

			if (value < 0)
				put(buffer, '-');
			put_number(buffer, value < 0 ? 0u - (u32)value : (u32)value);
			break;
		}
		case 'u':
			put_number(buffer, va_arg(arguments, u32));
			break;
		case 'x': {
			u32 value = va_arg(arguments, u32);

			for (int shift = 28; shift >= 0; shift -= 4)
				put(buffer, "0123456789abcdef"[value >> shift & 15]);
			break;
		}
		default:
			put(buffer, *format);
		}
	}
}

void print_list(const char *format, va_list arguments)
{
	char text[512];
	struct buffer buffer = { text, text + sizeof(text) };

	put_formatted(&buffer, format, arguments);
	CALL3(NR_write, 1, text, buffer.at - text);
}

void format_to(char *text, u32 size, const char *format, ...)
{
	struct buffer buffer = { text, text + size - 1 };
	va_list arguments;

	va_start(arguments, format);
	put_formatted(&buffer, format, arguments);
	va_end(arguments);
	*buffer.at = 0;
}

void print(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_list(format, arguments);
	va_end(arguments);
}

void die(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_list(format, arguments);
	va_end(arguments);
	CALL1(NR_exit_group, 1);
	__builtin_unreachable();
}

u32 parse_number(const char *text)
{
	u32 value = 0;
	const char *digit = text;

	do {
		if (*digit < '0' || *digit > '9')
			die("not a number: %s\n", text);
		value = value * 10 + (u32)(*digit - '0');
	} while (*++digit);
	return value;
}

void write_all(int descriptor, const void *data, u32 size)
{
	const u8 *bytes = data;

	while (size) {
		long written = CALL3(NR_write, descriptor, bytes, size);

		if (written <= 0)
			die("cannot write: error %d\n", (int)-written);
		bytes += written;
		size -= (u32)written;
	}
}

long read_file(const char *path, char *buffer, u32 size)
{
	long descriptor = CALL3(NR_open, path, O_RDONLY, 0);
	u32 length = 0;
	long result = 0;

	if (descriptor < 0)
		return descriptor;
	while (length < size - 1) {
		result = CALL3(NR_read, descriptor, buffer + length, size - 1 - length);
		if (result <= 0)
			break;
		length += (u32)result;
	}
	CALL1(NR_close, descriptor);
	buffer[length] = 0;
	return result < 0 ? result : (long)length;
}
