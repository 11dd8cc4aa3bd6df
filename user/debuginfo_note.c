// SPDX-License-Identifier: GPL-2.0-or-later
/* Distributions are told by the release of their kernels, which a recording has as well. */
#include "debuginfo_note.h"

#include <inttypes.h>
#include <string.h>

#include "cleanup.h"
#include "json_output.h"
#include "lines.h"

#define NAMED_MAX 3 /* images by name */

/* A release that has the mark is theirs. The command that installs it: before and after the
 * release. */
static const struct distribution {
	const char *mark, *before, *after, *server;
} distributions[] = {
	{"+deb", "apt install linux-image-", "-dbg", "https://debuginfod.debian.net"},
	{"-amd64", "apt install linux-image-", "-dbg", "https://debuginfod.debian.net"},
	{"-generic", "apt install linux-image-unsigned-", "-dbgsym (of ddebs.ubuntu.com)",
	 "https://debuginfod.ubuntu.com"},
	{".fc", "dnf debuginfo-install kernel-core-", "", "https://debuginfod.fedoraproject.org"},
	{".el", "dnf debuginfo-install kernel-core-", "", "https://debuginfod.centos.org"},
	{"-default", "zypper install kernel-default-debuginfo, of ", "",
	 "https://debuginfod.opensuse.org"},
	{"-arch", NULL, NULL, "https://debuginfod.archlinux.org"},
};

/* People run what they are told to, and a stranger's recording may say anything. */
static bool is_release(const char *release)
{
	return *release && *release != '-' &&
	       !release[strspn(release, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					"0123456789._+~-")];
}

static void print_how(FILE *out, const char *release)
{
	const struct distribution *d = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(distributions) && !d; i++)
		if (strstr(release, distributions[i].mark))
			d = &distributions[i];
	if (d && d->before && is_release(release))
		fprintf(out, "%s%s%s; or ", d->before, release, d->after);
	fputs("--debug-dir where its vmlinux and modules with debug info are", out);
	if (!debuginfod_wanted())
		fprintf(out, "; or, from the network, DEBUGINFOD_URLS=%s",
			d ? d->server : "https://debuginfod.elfutils.org");
}

static const char *name_of(const struct debuginfo_image *image)
{
	return image->module ? image->module : "the kernel";
}

/* Of which images there is none. Returns how many. */
static size_t print_missing(FILE *out, const struct debuginfo *d)
{
	struct debuginfo_image image;
	size_t missing = 0;

	for (size_t i = 0; debuginfo_image(d, i, &image); i++) {
		if (image.path)
			continue;
		if (missing < NAMED_MAX)
			fprintf(out, "%s%s", missing ? ", " : "no file and line: no debug info of ",
				SAFE(name_of(&image)));
		missing++;
	}
	if (missing > NAMED_MAX)
		fprintf(out, " and %s", MANY(missing - NAMED_MAX, "more module"));
	return missing;
}

/* What is more than that nothing was found: each reason once, and not many. */
static void print_reasons(FILE *out, const struct debuginfo *d)
{
	struct debuginfo_image image, before;
	size_t twins = 0, reasons = 0;

	for (size_t i = 0; debuginfo_image(d, i, &image); i++) {
		bool is_new = image.why && strcmp(image.why, "none found") != 0;

		for (size_t j = 0; j < i && is_new && debuginfo_image(d, j, &before); j++)
			is_new = !before.why || strcmp(before.why, image.why) != 0;
		if (is_new && reasons++ < NAMED_MAX)
			fprintf(out, "%s: %s. ", SAFE(name_of(&image)),
				text_escape(image.why, (char[DEBUG_PATH]){0}, DEBUG_PATH));
		twins += image.twins;
	}
	if (reasons > NAMED_MAX)
		fprintf(out, "And %s: --json has all. ", MANY(reasons - NAMED_MAX, "more reason"));
	if (twins)
		fprintf(out, "%s not told: several functions there have the same name. ",
			MANY(twins, "place"));
}

void debuginfo_note_text(FILE *out, int indent, const char *label, const struct debuginfo *d,
			 const char *release)
{
	autofree char *text = NULL;
	size_t size, missing;
	FILE *note = d ? open_memstream(&text, &size) : NULL;

	if (!note)
		return;
	missing = print_missing(note, d);
	if (missing)
		fputs(". ", note);
	print_reasons(note, d);
	if (missing) {
		fputs("To get it: ", note);
		print_how(note, release);
	}
	if (fclose(note))
		return;
	for (size = strlen(text); size && text[size - 1] == ' '; size--)
		text[size - 1] = '\0';
	if (*text)
		lines_wrap(out, indent, label, "%s", text);
}

static json_t *text_or_null(const char *text)
{
	return text && *text ? json_output_string(text) : json_null();
}

json_t *debuginfo_note_json(const struct debuginfo *d)
{
	json_t *array = d ? json_array() : json_null();
	struct debuginfo_image image;

	for (size_t i = 0; d && debuginfo_image(d, i, &image); i++) {
		json_t *object = json_object();

		json_object_set_new(object, "module", text_or_null(image.module));
		json_object_set_new(object, "build_id", text_or_null(image.build_id));
		json_object_set_new(object, "file", text_or_null(image.path));
		json_object_set_new(object, "why",
				    text_or_null(image.path  ? NULL
						 : image.why ? image.why
							     : "none found"));
		json_object_set_new(object, "places", json_output_count(image.places));
		json_object_set_new(object, "found", json_output_count(image.found));
		json_array_append_new(array, object);
	}
	return array;
}
