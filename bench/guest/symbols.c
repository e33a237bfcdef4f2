// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "guest/symbols.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/kfile.h"
#include "lib/util.h"
#include "trace/marks.h"

/* For the kernel's records of a few attachments. */
#define RING_SIZE	(64 << 10)

/* Code that the kernel makes while it runs. */
struct made {
	uint64_t address;
	uint32_t size;
	char *name;
};

static struct made *made;
static size_t nr_made;

/* The ring of the kernel's records about it: a head, and RING_SIZE of records. */
static struct perf_event_mmap_page *ring;

static void tell(uint64_t address, uint64_t size, const char *name)
{
	marks_print("symbol\t%" PRIx64 "\t%" PRIu64 "\t%s\n", address, size, name);
}

/*
 * Some code has several names. These are the less known ones: of code that runs before the
 * kernel is where it belongs, and of the table that the thunk of the first register begins.
 */
static bool is_second_name(const char *name)
{
	return !strncmp(name, "__pi_", 5) || !strcmp(name, "__x86_indirect_thunk_array");
}

/* Functions are what kallsyms calls t or T, and w or W if another may take their place. */
static void tell_kernel(char *text)
{
	char *line;

	while ((line = strsep(&text, "\n"))) {
		uint64_t address;
		char type, name[512];

		/* What has a module behind it comes and goes, or does not exit. */
		if (sscanf(line, "%" SCNx64 " %c %511s", &address, &type, name) != 3 ||
		    !strchr("tTwW", type) || strchr(line, '[') || is_second_name(name))
			continue;
		if (!address)
			die("/proc/kallsyms does not tell addresses");
		tell(address, 0, name);
	}
}

static void watch_made(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_DUMMY,
		.ksymbol = 1,
	};
	size_t size = (size_t)sysconf(_SC_PAGESIZE) + RING_SIZE;
	int fd = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);

	ring = fd < 0 ? MAP_FAILED : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (ring == MAP_FAILED)
		die("the kernel does not tell what code it makes: %s", strerror(errno));
}

/* A record of the ring, its layout as in linux/perf_event.h. */
struct ksymbol {
	struct perf_event_header header;
	uint64_t address;
	uint32_t size;
	uint16_t type, flags;
	char name[];
};

static void take_made(const struct ksymbol *r)
{
	if (!(r->flags & PERF_RECORD_KSYMBOL_FLAGS_UNREGISTER)) {
		*APPEND(made, nr_made) = (struct made){ r->address, r->size, xstrdup(r->name) };
		return;
	}
	for (size_t i = 0; i < nr_made; i++) {
		if (made[i].address != r->address)
			continue;
		free(made[i].name);
		made[i] = made[--nr_made];
		return;
	}
}

/* Nothing was lost, or we would find names for what they are not for. */
static void take_records(void)
{
	const char *records = (const char *)ring + ring->data_offset;
	uint64_t head = __atomic_load_n(&ring->data_head, __ATOMIC_ACQUIRE);
	uint64_t tail = ring->data_tail;
	char copy[512];

	while (tail < head) {
		struct perf_event_header *header = (struct perf_event_header *)copy;

		/* It may go over the end. */
		for (size_t i = 0, n = sizeof(*header); i < n; i++) {
			copy[i] = records[(tail + i) % ring->data_size];
			if (i == sizeof(*header) - 1)
				n = header->size;
			if (n > sizeof(copy))
				die("a record of the kernel about code is too long");
		}
		if (header->type == PERF_RECORD_LOST)
			die("records of the kernel about code were lost");
		if (header->type == PERF_RECORD_KSYMBOL)
			take_made((const struct ksymbol *)copy);
		tail += header->size;
	}
	__atomic_store_n(&ring->data_tail, tail, __ATOMIC_RELEASE);
}

/* Of the loaded module; 0 if it has no such section any more, or never had. */
static uint64_t section_address(const char *name)
{
	char *text = kfile_read(path_of("/sys/module/procmon/sections/%s", name));
	uint64_t address = text ? strtoull(text, NULL, 16) : 0;

	free(text);
	return address;
}

/* What the section of this number, or type, of an object file is; NULL if there is none. */
static const Elf64_Shdr *section_at(const Elf64_Ehdr *elf, size_t i)
{
	return i < elf->e_shnum ? (const Elf64_Shdr *)((const char *)elf + elf->e_shoff) + i : NULL;
}

static void tell_functions(const Elf64_Ehdr *elf, const Elf64_Shdr *table)
{
	const char *bytes = (const char *)elf;
	const char *names = bytes + section_at(elf, table->sh_link)->sh_offset;
	const char *sections = bytes + section_at(elf, elf->e_shstrndx)->sh_offset;
	const Elf64_Sym *symbols = (const Elf64_Sym *)(bytes + table->sh_offset);

	for (size_t i = 0; i < table->sh_size / sizeof(*symbols); i++) {
		const Elf64_Sym *s = &symbols[i];
		const Elf64_Shdr *section = section_at(elf, s->st_shndx);
		uint64_t base;

		if (ELF64_ST_TYPE(s->st_info) != STT_FUNC || !section)
			continue;
		base = section_address(sections + section->sh_name);
		if (base)
			tell(base + s->st_value, s->st_size,
			     path_of("%s [procmon]", names + s->st_name));
	}
}

/* By the object file: to read kallsyms takes a billion instructions. */
static void tell_module(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const Elf64_Ehdr *elf = MAP_FAILED;
	struct stat st;

	if (fd >= 0 && !fstat(fd, &st))
		elf = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (elf == MAP_FAILED)
		die("cannot read %s: %s", path, strerror(errno));
	for (size_t i = 0; i < elf->e_shnum; i++) {
		if (section_at(elf, i)->sh_type == SHT_SYMTAB)
			tell_functions(elf, section_at(elf, i));
	}
	munmap((void *)elf, (size_t)st.st_size);
	close(fd);
}

void symbols_begin(void)
{
	char *text = must_read("/proc/kallsyms");

	watch_made();
	marks_begin();
	tell_kernel(text);
	free(text);
}

void symbols_tell(const char *id, const char *module)
{
	if (!marks)
		return;
	marks_print("block\t%s\n", id);
	if (module)
		tell_module(module);
	take_records();
	for (size_t i = 0; i < nr_made; i++)
		tell(made[i].address, made[i].size, made[i].name);
}
