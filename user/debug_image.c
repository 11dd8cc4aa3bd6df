// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The symbol table of a file with debug info, sorted by name.
 *
 * The kernel's addresses in its file are those that it has without KASLR, which moves it
 * as a whole: so far from _text is so far from _text. A module's file has sections that
 * are put into memory one behind the other; only of the first one with code it is known
 * where it comes to lie: at the beginning.
 */
#include "debug_image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "code_images.h"

struct function {
	const char *name;
	uint64_t address; /* as libdwfl has it */
	uint64_t place;	  /* from the beginning of the image, or CODE_NOWHERE */
};

struct debug_image {
	Dwfl *dwfl;
	Dwfl_Module *module;
	struct function *functions;
	size_t count;
};

/* What was found by its build-id has its debug info in it, or none. */
static int no_other_file(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
			 const char *file, const char *link, GElf_Word crc, char **ret_name)
{
	(void)module, (void)data, (void)name, (void)base;
	(void)file, (void)link, (void)crc, (void)ret_name;
	return -1;
}

static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_build_id_find_elf,
	.find_debuginfo = no_other_file,
	.section_address = dwfl_offline_section_address,
};

/* Where the loader begins with a module: its first code that it keeps. SHN_UNDEF: nowhere. */
static GElf_Word first_code(Elf *elf)
{
	size_t names;
	Elf_Scn *section = NULL;

	if (elf_getshdrstrndx(elf, &names))
		return SHN_UNDEF;
	while ((section = elf_nextscn(elf, section))) {
		const uint64_t code = SHF_ALLOC | SHF_EXECINSTR;
		GElf_Shdr header;
		const char *name;

		if (!gelf_getshdr(section, &header) || (header.sh_flags & code) != code)
			continue;
		name = elf_strptr(elf, names, header.sh_name);
		if (name && strncmp(name, ".init", strlen(".init")))
			return (GElf_Word)elf_ndxscn(section);
	}
	return SHN_UNDEF;
}

/* Symbols that may name code, and of each how far it is from `begin`, where it is in `section`. */
static void read_symbols(struct debug_image *image, int count, uint64_t begin, GElf_Word section)
{
	for (int i = 1; i < count; i++) {
		struct function *f = &image->functions[image->count];
		GElf_Word where;
		GElf_Sym symbol;
		int type;

		f->name = dwfl_module_getsym_info(image->module, i, &symbol, &f->address, &where,
						  NULL, NULL);
		type = GELF_ST_TYPE(symbol.st_info);
		if (!f->name || !*f->name || where == SHN_UNDEF || where >= SHN_LORESERVE ||
		    (type != STT_FUNC && type != STT_NOTYPE && type != STT_GNU_IFUNC))
			continue;
		f->place = (section && where != section) || symbol.st_value < begin
				   ? CODE_NOWHERE
				   : symbol.st_value - begin;
		image->count++;
	}
}

static int by_name(const void *a, const void *b)
{
	const struct function *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : (x->address > y->address) - (x->address < y->address);
}

/* The value of the kernel's _text; CODE_NOWHERE: it has none. */
static uint64_t find_text(Dwfl_Module *module, int count)
{
	for (int i = 1; i < count; i++) {
		GElf_Addr address;
		GElf_Sym symbol;
		const char *name =
			dwfl_module_getsym_info(module, i, &symbol, &address, NULL, NULL, NULL);

		if (name && !strcmp(name, "_text"))
			return symbol.st_value;
	}
	return CODE_NOWHERE;
}

static int read_functions(struct debug_image *image, bool is_kernel)
{
	int count = dwfl_module_getsymtab(image->module);
	GElf_Addr bias;
	Elf *elf = dwfl_module_getelf(image->module, &bias);
	GElf_Word section;

	if (count <= 0 || !elf)
		return -EBADMSG;
	image->functions = calloc(count, sizeof(*image->functions));
	if (!image->functions)
		return -ENOMEM;
	section = is_kernel ? SHN_UNDEF : first_code(elf);
	read_symbols(image, count, is_kernel ? find_text(image->module, count) : 0,
		     is_kernel ? SHN_UNDEF
		     : section ? section
			       : SHN_LORESERVE);
	qsort(image->functions, image->count, sizeof(*image->functions), by_name);
	return 0;
}

int debug_image_open(int fd, const char *path, bool is_kernel, struct debug_image **ret_image)
{
	struct debug_image *image = calloc(1, sizeof(*image));
	Dwarf_Addr bias;
	int err = 0;

	if (!image) {
		close(fd);
		return -ENOMEM;
	}
	image->dwfl = dwfl_begin(&callbacks);
	if (image->dwfl)
		image->module = dwfl_report_offline(image->dwfl, "image", path, fd);
	/* Its descriptor is libdwfl's only where it took the file. */
	if (!image->module) {
		close(fd);
		err = -EBADMSG;
	} else {
		dwfl_report_end(image->dwfl, NULL, NULL);
	}
	if (!err && !dwfl_module_getdwarf(image->module, &bias))
		err = -EBADMSG;
	if (!err)
		err = read_functions(image, is_kernel);
	if (err)
		debug_image_close(image);
	else
		*ret_image = image;
	return err;
}

void debug_image_close(struct debug_image *image)
{
	if (!image)
		return;
	dwfl_end(image->dwfl);
	free(image->functions);
	free(image);
}

Dwfl_Module *debug_image_module(const struct debug_image *image)
{
	return image->module;
}

/* The first of that name, or where it would be. */
static size_t find_name(const struct debug_image *image, const char *name)
{
	size_t low = 0, high = image->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(image->functions[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int debug_image_address(const struct debug_image *image, const char *function, uint64_t offset,
			uint64_t place, uint64_t *ret_address)
{
	const struct function *at = image->functions + find_name(image, function),
			      *end = image->functions + image->count, *only = NULL;
	bool several = false;

	for (; at < end && !strcmp(at->name, function); at++) {
		if (at->place != CODE_NOWHERE && place != CODE_NOWHERE &&
		    at->place + offset == place) {
			*ret_address = at->address + offset;
			return 0;
		}
		several |= only && only->address != at->address;
		only = at;
	}
	if (!only)
		return -ENOENT;
	if (several)
		return -ENOTUNIQ;
	*ret_address = only->address + offset;
	return 0;
}
