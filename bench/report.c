// SPDX-License-Identifier: GPL-2.0
/*
 * report: turn the boot files of one or more kernels into results/.
 *
 * Everything is made first and put in place by rename() last, so that results/
 * is either as before or complete, whatever goes wrong and whenever.
 */
#define _GNU_SOURCE
#include "results.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char usage[] =
	"usage: report --out DIR [--env KEY=VALUE]... [--truth FILE] BOOT...\n"
	"\n"
	"Estimate what each hook adds to one exit, and write the report.\n"
	"BOOT is a boot file (format: samples.h). Files of one kernel (env kernel) belong\n"
	"together; two or more are needed for a number. Kernels appear in this order.\n"
	"\n"
	"  -o, --out DIR         where to write; made if it is not there\n"
	"  -e, --env KEY=VALUE   a fact for the environment, e.g. the version of a tool\n"
	"  -t, --truth FILE      table of what the tests found each hook to say in each case\n"
	"                        (tab separated, first line is the header)\n"
	"  -p, --peers FILE      what other tools add to an exit, by peers_report\n"
	"  -h, --help            this text\n"
	"\n"
	"Writes exact.tsv, estimates.tsv, sees.tsv, environment.txt, overhead.gp,\n"
	"overhead.svg and report.md. Either all of them are replaced or none. Needs gnuplot.\n"
	"Exit status: 0 done, 1 a file was refused or could not be written, 2 wrong usage.\n";

/**
 * struct output - a file of the report
 * @name: within the directory
 * @make: writes its text; NULL for the picture, which gnuplot makes
 * @temp: path until all are complete, NULL before
 */
static struct output {
	const char *name;
	void (*make)(struct text *t, const struct findings *f);
	char *temp;
} outputs[] = {
	{ "exact.tsv", exact_tsv, NULL },
	{ "estimates.tsv", estimates_tsv, NULL },
	{ "sees.tsv", sees_tsv, NULL },
	{ "environment.txt", environment_txt, NULL },
	{ "overhead.gp", picture_gp, NULL },
	{ "overhead.svg", NULL, NULL },
	{ "report.md", report_md, NULL },
};

static void drop_temps(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(outputs); i++)
		if (outputs[i].temp)
			unlink(outputs[i].temp);
}

/* unlink(), raise() and signal() are async-signal-safe. */
static void on_signal(int sig)
{
	drop_temps();
	signal(sig, SIG_DFL);
	raise(sig);
}

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "re");
	char *s = NULL;
	size_t size = 0;

	if (!f)
		die("%s: %s", path, strerror(errno));
	if (getdelim(&s, &size, 0, f) < 0)
		die("%s: %s", path, ferror(f) ? strerror(errno) : "the file is empty");
	if (!feof(f))
		die("%s: not a text file", path);
	fclose(f);
	return s;
}

static void write_temp(struct output *o, const char *dir, const struct text *t)
{
	char *temp = xasprintf("%s/.%s.XXXXXX", dir, o->name);
	int fd = mkostemp(temp, O_CLOEXEC);
	mode_t mask = umask(0);
	FILE *f;

	umask(mask);
	if (fd < 0)
		die("%s: %s", temp, strerror(errno));
	o->temp = temp;
	f = fdopen(fd, "w");
	if (!f || fchmod(fd, 0666 & ~mask) || (t->len && fwrite(t->s, t->len, 1, f) != 1) ||
	    fflush(f) || fsync(fd) || fclose(f))
		die("%s: %s", temp, strerror(errno));
}

/* gnuplot reads the finished script and writes the picture into its temporary file. */
static void draw(const char *script, const char *picture)
{
	int status;
	struct stat st;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (!pid) {
		if (!freopen(picture, "w", stdout))
			_exit(126);
		execlp("gnuplot", "gnuplot", script, (char *)NULL);
		_exit(errno == ENOENT ? 127 : 126);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("waitpid: %s", strerror(errno));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		die("gnuplot is not installed");
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		die("gnuplot failed");
	if (stat(picture, &st) || !st.st_size)
		die("gnuplot drew nothing");
}

static void write_all(const struct findings *f, const char *dir)
{
	const char *script = NULL;

	if (mkdir(dir, 0777) && errno != EEXIST)
		die("%s: %s", dir, strerror(errno));
	atexit(drop_temps);
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	signal(SIGHUP, on_signal);
	for (size_t i = 0; i < ARRAY_SIZE(outputs); i++) {
		struct output *o = &outputs[i];
		struct text t = { 0 };

		if (o->make)
			o->make(&t, f);
		write_temp(o, dir, &t);
		if (o->make == picture_gp)
			script = o->temp;
		if (!o->make)
			draw(script, o->temp);
		text_free(&t);
	}
	for (size_t i = 0; i < ARRAY_SIZE(outputs); i++) {
		char *path = xasprintf("%s/%s", dir, outputs[i].name);

		if (rename(outputs[i].temp, path))
			die("%s: %s", path, strerror(errno));
		free(outputs[i].temp);
		outputs[i].temp = NULL;
		free(path);
	}
}

static void add_boot(struct findings *f, const char *path)
{
	struct boot *boot;
	struct comparison *c = NULL;
	const char *kernel, *nr;
	char *err;

	boot = boot_read(path, &err);
	if (!boot)
		die("%s", err);
	kernel = boot_env(boot, "kernel");
	nr = boot_env(boot, "boot");
	for (size_t k = 0; k < f->nr_kernels; k++)
		if (!strcmp(f->kernels[k].kernel, kernel))
			c = &f->kernels[k];
	if (!c) {
		GROW(f->kernels, f->nr_kernels);
		c = &f->kernels[f->nr_kernels++];
		*c = (struct comparison){ .kernel = kernel };
	}
	/* A boot given twice agrees with itself; that proves nothing. */
	for (size_t i = 0; i < c->nr_boots; i++) {
		const char *other = boot_env(c->boots[i], "boot");

		if (nr && other && !strcmp(nr, other))
			die("%s and %s are both boot %s of kernel %s", c->boots[i]->name, path, nr,
			    kernel);
	}
	if (!nr)
		die("%s: no env 'boot'", path);
	GROW(c->boots, c->nr_boots);
	c->boots[c->nr_boots++] = boot;
}

static void add_env(struct findings *f, char *arg)
{
	char *eq = strchr(arg, '=');

	if (!eq || eq == arg || strpbrk(arg, "\t\n"))
		die("--env takes KEY=VALUE on one line without tabs, not '%s'", arg);
	*eq = 0;
	GROW(f->env, f->nr_env);
	f->env[f->nr_env++] = (struct env){ arg, eq + 1 };
}

static void summary(const struct findings *f, const char *dir)
{
	for (size_t k = 0; k < f->nr_kernels; k++) {
		size_t numbers = 0, skipped = 0, rows = 0;

		for (size_t i = 0; i < f->kernels[k].nr; i++) {
			if (f->kernels[k].results[i].control)
				continue;
			rows++;
			numbers += is_number(&f->kernels[k].results[i]);
			skipped += f->kernels[k].results[i].skip != NULL;
		}
		printf("%s: %zu rows: %zu exact, %zu refused, %zu skipped\n", f->kernels[k].kernel,
		       rows, numbers, rows - numbers - skipped, skipped);
	}
	printf("see %s/report.md\n", dir);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "out", required_argument, NULL, 'o' }, { "env", required_argument, NULL, 'e' },
		{ "truth", required_argument, NULL, 't' },
		{ "peers", required_argument, NULL, 'p' }, { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct findings f = { 0 };
	const char *dir = NULL;
	char *truth = NULL, *peers = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "o:e:t:p:h", options, NULL)) != -1) {
		switch (c) {
		case 'o':
			dir = optarg;
			break;
		case 'e':
			add_env(&f, optarg);
			break;
		case 't':
			free(truth);
			truth = read_file(optarg);
			break;
		case 'p':
			free(peers);
			peers = read_file(optarg);
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fprintf(stderr, "try report --help\n");
			return 2;
		}
	}
	if (!dir || optind == argc) {
		fprintf(stderr, "report: %s is missing; try report --help\n",
			dir ? "a boot file" : "--out DIR");
		return 2;
	}
	f.truth = truth;
	f.peers = peers;
	for (int i = optind; i < argc; i++)
		add_boot(&f, argv[i]);
	for (size_t k = 0; k < f.nr_kernels; k++)
		compare(&f.kernels[k]);
	write_all(&f, dir);
	summary(&f, dir);

	for (size_t k = 0; k < f.nr_kernels; k++) {
		compare_free(&f.kernels[k]);
		for (size_t i = 0; i < f.kernels[k].nr_boots; i++)
			boot_free(f.kernels[k].boots[i]);
		free(f.kernels[k].boots);
	}
	free(f.kernels);
	free(f.env);
	free(truth);
	free(peers);
	return 0;
}
