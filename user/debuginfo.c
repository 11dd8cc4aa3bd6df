// SPDX-License-Identifier: GPL-2.0-or-later
/* From addresses to lines: an image a module, opened at its first address; an answer an address. */
#include "debuginfo.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "debug_image.h"
#include "interner.h"

#define IMAGES_MAX 1024

struct image {
	char *module; /* NULL: the kernel */
	char build_id[BUILD_ID];
	struct debug_image *file; /* NULL: there is none */
	char *path, *why;
	uint64_t base;
	bool has_no_file; /* what looks like a module in the list of symbols, and is none */
	size_t places, found, twins;
};

struct answer {
	struct debug_line *lines;
	size_t count;
};

struct debuginfo {
	struct debuginfo_config config;
	struct debug_trees trees;
	struct debuginfod *servers;
	struct interner addresses, texts;
	struct answer *answers; /* by the number of an address */
	uint32_t answer_room;
	struct image **images;
	size_t image_cnt;
};

int debuginfo_create(const struct debuginfo_config *config, struct debuginfo **ret_debuginfo)
{
	struct debuginfo *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	d->config = *config;
	d->config.places.trees = &d->trees;
	if (config->servers)
		d->servers = debuginfod_create(config->progress, config->arg);
	*ret_debuginfo = d;
	return 0;
}

static void image_destroy(struct image *image)
{
	debug_image_close(image->file);
	free(image->module);
	free(image->path);
	free(image->why);
	free(image);
}

void debuginfo_destroy(struct debuginfo *d)
{
	if (!d)
		return;
	for (uint32_t i = 0; i < d->answer_room; i++)
		free(d->answers[i].lines);
	free(d->answers);
	for (size_t i = 0; i < d->image_cnt; i++)
		image_destroy(d->images[i]);
	free(d->images);
	debug_trees_deinit(&d->trees);
	debuginfod_destroy(d->servers);
	interner_deinit(&d->addresses);
	interner_deinit(&d->texts);
	free(d);
}

/* BPF programs, and places that ftrace and kprobes have made. */
static bool is_made_up(const char *module)
{
	return module && (!strncmp(module, "bpf", 3) || !strncmp(module, "__builtin__", 11));
}

/* From servers, when no file is here. A descriptor, or -ENOENT with *ret_why where they were asked.
 */
static int ask_servers(struct debuginfo *d, struct image *image, struct debug_search *search,
		       const char **ret_why)
{
	autofree char *path = NULL;
	int fd;

	if (!d->servers)
		return -ENOENT;
	if (d->config.asking)
		d->config.asking(d->config.arg, image->module);
	path = debuginfod_fetch(d->servers, image->build_id, ret_why);
	if (d->config.answered)
		d->config.answered(d->config.arg);
	if (!path)
		return -ENOENT;
	fd = debug_files_open(path, image->build_id, search);
	if (fd < 0)
		*ret_why = "what debuginfod gave is not it";
	return fd;
}

/* The most telling reason; without memory none. */
static void explain(struct image *image, const struct debug_search *search, const char *servers)
{
	const char *also = servers ? servers : "", *and = servers ? "; " : "";
	int len = 0;

	if (*search->refused)
		len = asprintf(&image->why, "%s is of another build%s%s", search->refused, and,
			       also);
	else if (*search->stripped)
		len = asprintf(&image->why, "%s has none in it%s%s", search->stripped, and, also);
	else if (search->cut_short)
		len = asprintf(&image->why, "too many files to search all of them%s%s", and, also);
	else
		len = asprintf(&image->why, "%s", servers ? servers : "none found");
	if (len < 0)
		image->why = NULL;
}

static void open_image(struct debuginfo *d, struct image *image)
{
	struct debug_search search = {};
	const char *servers = NULL;
	int fd, err;

	code_images_build_id(d->config.images, image->module, image->build_id);
	image->base = code_images_base(d->config.images, image->module, d->config.symbols);
	image->has_no_file = is_made_up(image->module) && !*image->build_id;
	if (!*image->build_id) {
		image->why = strdup("its build-id is not known");
		return;
	}
	fd = debug_files_find(&d->config.places, image->module, image->build_id, &search);
	if (fd < 0)
		fd = ask_servers(d, image, &search, &servers);
	if (fd < 0) {
		explain(image, &search, servers);
		return;
	}
	err = debug_image_open(fd, search.path, !image->module, &image->file);
	if (!err)
		image->path = strdup(search.path);
	else if (asprintf(&image->why, "%s is damaged", search.path) < 0)
		image->why = NULL;
}

/* NULL: no memory, or no end of modules. */
static struct image *image_of(struct debuginfo *d, const char *module)
{
	struct image **moved, *image;

	for (size_t i = 0; i < d->image_cnt; i++) {
		const char *known = d->images[i]->module;

		if (known && module ? !strcmp(known, module) : known == module)
			return d->images[i];
	}
	if (d->image_cnt == IMAGES_MAX)
		return NULL;
	moved = realloc(d->images, (d->image_cnt + 1) * sizeof(*moved));
	if (!moved)
		return NULL;
	d->images = moved;
	image = calloc(1, sizeof(*image));
	if (image && module)
		image->module = strdup(module);
	if (!image || (module && !image->module)) {
		free(image);
		return NULL;
	}
	moved[d->image_cnt++] = image;
	open_image(d, image);
	return image;
}

/* Fills in *answer, which is empty. */
static void look_up(struct debuginfo *d, uint64_t address, struct answer *answer)
{
	struct symbol sym = symbols_find(d->config.symbols, address);
	struct image *image = sym.name ? image_of(d, sym.module) : NULL;
	struct debug_line lines[DEBUG_LINES_MAX];
	uint64_t place, at;
	int count = 0, err;

	if (!image)
		return;
	image->places++;
	/* Behind the last call of the function before: the name is not that of the caller. */
	if (!image->file || !sym.offset)
		return;
	place = code_images_place(d->config.images, image->base, address, sym.offset);
	err = debug_image_address(image->file, sym.name, sym.offset, place, &at);
	image->twins += err == -ENOTUNIQ;
	if (!err)
		count = debug_lines_find(debug_image_module(image->file), at - 1, &d->texts, lines);
	if (count <= 0)
		return;
	answer->lines = malloc(count * sizeof(*lines));
	if (!answer->lines)
		return;
	memcpy(answer->lines, lines, count * sizeof(*lines));
	answer->count = count;
	image->found++;
}

/* Numbers begin at 1. */
static bool make_room(struct debuginfo *d, uint32_t number)
{
	uint32_t room = d->answer_room ? d->answer_room : 64;
	struct answer *moved;

	if (number < d->answer_room)
		return true;
	while (room <= number)
		room *= 2;
	moved = realloc(d->answers, room * sizeof(*moved));
	if (!moved)
		return false;
	memset(moved + d->answer_room, 0, (room - d->answer_room) * sizeof(*moved));
	d->answers = moved;
	d->answer_room = room;
	return true;
}

size_t debuginfo_find(struct debuginfo *d, uint64_t address, const struct debug_line **ret_lines)
{
	uint32_t number;
	bool is_new;

	if (!d || interner_number(&d->addresses, &address, sizeof(address), &number, &is_new) ||
	    !make_room(d, number))
		return 0;
	if (is_new)
		look_up(d, address, &d->answers[number]);
	*ret_lines = d->answers[number].lines;
	return d->answers[number].count;
}

bool debuginfo_image(const struct debuginfo *d, size_t n, struct debuginfo_image *ret_image)
{
	for (size_t i = 0; i < d->image_cnt; i++) {
		const struct image *image = d->images[i];

		if (image->has_no_file || n--)
			continue;
		*ret_image = (struct debuginfo_image){
			.module = image->module,
			.build_id = image->build_id,
			.path = image->path,
			.why = image->why,
			.places = image->places,
			.found = image->found,
			.twins = image->twins,
		};
		return true;
	}
	return false;
}
