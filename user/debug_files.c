// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where distributions, and people who build their own kernel, put debug info. First by
 * build-id, then by name; a directory of unpacked packages is searched as / is, and then
 * through and through.
 */
#include "debug_files.h"

#include <elfutils/libdwelf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "build_id.h"
#include "cleanup.h"

struct finder {
	const struct debug_places *places;
	const char *module, *build_id;
	struct debug_search *search;
	int fd;	       /* below 0: goes on */
	bool stripped; /* what is tried is known to have no debug info, as a rule: no word of it */
};

static bool has_debug_info(Elf *elf)
{
	size_t names;
	Elf_Scn *section = NULL;

	if (elf_getshdrstrndx(elf, &names))
		return false;
	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		const char *name = gelf_getshdr(section, &header)
					   ? elf_strptr(elf, names, header.sh_name)
					   : NULL;

		if (name && header.sh_type != SHT_NOBITS &&
		    (!strcmp(name, ".debug_info") || !strcmp(name, ".zdebug_info")))
			return true;
	}
	return false;
}

/* Is it of this build? Notes of a file that is cut short are none. */
static bool has_build_id(Elf *elf, const char *wanted)
{
	const uint8_t *id = NULL;
	ssize_t size = dwelf_elf_gnu_build_id(elf, (const void **)&id);

	if (size <= 0 || strlen(wanted) != 2 * (size_t)size)
		return false;
	for (ssize_t i = 0; i < size; i++) {
		char hex[3];

		snprintf(hex, sizeof(hex), "%02x", id[i]);
		if (memcmp(hex, wanted + 2 * i, 2))
			return false;
	}
	return true;
}

static void note(char where[DEBUG_PATH], const char *path)
{
	if (!*where)
		snprintf(where, DEBUG_PATH, "%s", path);
}

int debug_files_open(const char *path, const char *build_id, struct debug_search *search)
{
	/* It may be a pipe, which nobody may ever open at the other end. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	bool is_it = false;
	struct stat st;
	Elf *elf;

	if (fd < 0)
		return -ENOENT;
	elf_version(EV_CURRENT);
	elf = fstat(fd, &st) || !S_ISREG(st.st_mode) ? NULL : elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (elf && elf_kind(elf) == ELF_K_ELF) {
		if (!has_build_id(elf, build_id))
			note(search->refused, path);
		else if (!has_debug_info(elf))
			note(search->stripped, path);
		else
			is_it = true;
	}
	elf_end(elf);
	if (!is_it) {
		close(fd);
		return -ENOENT;
	}
	snprintf(search->path, sizeof(search->path), "%s", path);
	return fd;
}

static bool is_found(struct finder *f, const char *path)
{
	bool said = *f->search->stripped;

	f->fd = debug_files_open(path, f->build_id, f->search);
	if (f->stripped && !said)
		*f->search->stripped = '\0';
	return f->fd >= 0;
}

static bool try(struct finder *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A path that does not fit is none. */
static bool try(struct finder *f, const char *format, ...)
{
	char path[DEBUG_PATH];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	return len < (int)sizeof(path) && is_found(f, path);
}

static bool try_build_id(struct finder *f, const char *dir)
{
	return try(f, "%s/.build-id/%.2s/%s.debug", dir, f->build_id, f->build_id + 2);
}

/* "nf_tables" is in nf_tables.ko, nf-tables.ko or nf_tables.ko.debug; the kernel in vmlinux-*. */
static bool is_named(const char *file, const char *module)
{
	if (!module)
		return !strncmp(file, "vmlinux", strlen("vmlinux"));
	for (; *module; module++, file++)
		if (*file != *module && !(*file == '-' && *module == '_'))
			return false;
	return !strcmp(file, ".ko") || !strcmp(file, ".ko.debug");
}

/* Every file below a directory whose name fits. */
static bool walk(struct finder *f, const char *dir)
{
	const struct debug_tree *tree = debug_trees_get(f->places->trees, dir);

	for (size_t i = 0; tree && f->fd < 0 && i < tree->count; i++)
		if (is_named(tree->files[i].name, f->module))
			is_found(f, tree->files[i].path);
	f->search->cut_short |= f->fd < 0 && (!tree || tree->cut_short);
	return f->fd >= 0;
}

static bool walk_modules(struct finder *f, const char *root, const char *under)
{
	char dir[DEBUG_PATH];
	int len =
		snprintf(dir, sizeof(dir), "%s%s/lib/modules/%s", root, under, f->places->release);

	return len < (int)sizeof(dir) && walk(f, dir);
}

/* Names that are a path would lead elsewhere. */
static bool is_plain(const char *name)
{
	return name && *name && *name != '.' && !strchr(name, '/');
}

static bool find_by_name(struct finder *f, const char *root)
{
	const char *release = f->places->release;

	if (!is_plain(release))
		return false;
	if (f->module)
		return walk_modules(f, root, "/usr/lib/debug") || walk_modules(f, root, "");
	return try(f, "%s/usr/lib/debug/boot/vmlinux-%s", root, release) ||
	       try(f, "%s/usr/lib/debug/lib/modules/%s/vmlinux", root, release) ||
	       try(f, "%s/lib/modules/%s/build/vmlinux", root, release) ||
	       try(f, "%s/lib/modules/%s/vmlinux", root, release) ||
	       try(f, "%s/boot/vmlinux-%s", root, release);
}

static bool find_in(struct finder *f, const char *root)
{
	char dir[DEBUG_PATH];
	int len = snprintf(dir, sizeof(dir), "%s/usr/lib/debug", root);

	return (len < (int)sizeof(dir) && try_build_id(f, dir)) || find_by_name(f, root);
}

/* It makes a path, and may come from a file that nobody vouches for. */
static bool is_build_id(const char *text)
{
	size_t len = strlen(text);

	return len >= 4 && len % 2 == 0 && strspn(text, "0123456789abcdef") == len;
}

int debug_files_find(const struct debug_places *places, const char *module, const char *build_id,
		     struct debug_search *ret_search)
{
	struct finder f = {places, module, build_id, ret_search, -ENOENT, false};

	*ret_search = (struct debug_search){};
	if (!is_build_id(build_id) || (module && !is_plain(module)))
		return -ENOENT;
	if (places->dir &&
	    (try_build_id(&f, places->dir) || find_in(&f, places->dir) || walk(&f, places->dir)))
		return f.fd;
	/* Here are the modules that are loaded, which distributions strip. */
	f.stripped = true;
	find_in(&f, places->root ? places->root : "");
	return f.fd;
}
