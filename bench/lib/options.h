/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The command line of a program: one table is both what is taken and what --help
 * says. --help is in every program and in no table.
 */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/** enum option_kind - what an option does with its value */
enum option_kind {
	OPTION_HEADING,	/* it is no option but a line of the help, above those that follow */
	OPTION_FLAG,	/* there is no value; @to is a bool that becomes true */
	OPTION_TEXT,	/* @to is a const char * that points to the value */
	OPTION_NUMBER,	/* @to is a size_t, from @min to @max */
	OPTION_CHOICE,	/* @to is an enum (or int), the place of the value in @words */
	OPTION_EACH,	/* @take is called with each value */
};

/**
 * struct option_entry - one line of the table
 * @kind: what it is
 * @name: with two dashes on the command line
 * @letter: with one dash, or 0
 * @value: what --help calls its value; NULL for OPTION_FLAG
 * @help: what it does; a line break starts a new line of the help
 * @to: where the value goes
 * @take: takes the value; it may die()
 * @min: smallest number
 * @max: largest number
 * @words: all that it may be, NULL-terminated
 */
struct option_entry {
	enum option_kind kind;
	const char *name;
	char letter;
	const char *value;
	const char *help;
	void *to;
	void (*take)(const char *value);
	size_t min, max;
	const char *const *words;
};

/** OPTIONS_*() - one line of the table; the arguments are members of the struct */
#define OPTIONS_HEADING(help_) \
	{ .kind = OPTION_HEADING, .help = (help_) }
#define OPTIONS_ENTRY(kind_, name_, letter_, value_, help_, ...) \
	{ .kind = (kind_), .name = (name_), .letter = (letter_), .value = (value_), \
	  .help = (help_), __VA_ARGS__ }
#define OPTIONS_FLAG(name_, letter_, to_, help_) \
	OPTIONS_ENTRY(OPTION_FLAG, name_, letter_, NULL, help_, .to = (to_))
#define OPTIONS_TEXT(name_, letter_, value_, to_, help_) \
	OPTIONS_ENTRY(OPTION_TEXT, name_, letter_, value_, help_, .to = (to_))
#define OPTIONS_NUMBER(name_, letter_, value_, to_, min_, max_, help_) \
	OPTIONS_ENTRY(OPTION_NUMBER, name_, letter_, value_, help_, .to = (to_), \
		      .min = (min_), .max = (max_))
#define OPTIONS_CHOICE(name_, letter_, value_, to_, words_, help_) \
	OPTIONS_ENTRY(OPTION_CHOICE, name_, letter_, value_, help_, .to = (to_), \
		      .words = (words_))
#define OPTIONS_EACH(name_, letter_, value_, take_, help_) \
	OPTIONS_ENTRY(OPTION_EACH, name_, letter_, value_, help_, .take = (take_))

/**
 * struct program - what a program takes and what it says of itself
 * @name: its name
 * @usage: what stands behind the name in the usage; a line for each form
 * @about: what it does, above the options
 * @options: the table, ended by an entry without a name and without help; or NULL
 * @more: what else there is to know, below the options; or NULL
 * @args: what --help calls an argument that is no option, for messages; NULL: there
 *	are none
 * @min_args: so many of them at least
 * @max_args: and at most; 0: any number, if there is @args
 * @command: the arguments are a command: options end at the first of them
 */
struct program {
	const char *name;
	const char *usage;
	const char *about;
	const struct option_entry *options;
	const char *more;
	const char *args;
	size_t min_args, max_args;
	bool command;
};

/**
 * options_parse() - take the options of a command line
 * @p: the program
 * @argc: of main()
 * @argv: of main(); what is no option is moved to the end
 *
 * --help prints the help and ends the program with status 0. Whatever is not in the
 * table, is no number in its range, or is one argument too few or too many ends it by
 * options_wrong().
 *
 * Return: index of the first argument in @argv that is no option.
 */
int options_parse(const struct program *p, int argc, char **argv);

/**
 * options_wrong() - end the program for wrong usage
 * @p: the program
 * @fmt: what is wrong, for printf(), without the newline
 *
 * One line on stderr, and exit status 2.
 */
void options_wrong(const struct program *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), noreturn));

#endif
