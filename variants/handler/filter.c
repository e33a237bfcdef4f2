// SPDX-License-Identifier: GPL-2.0
/*
 * Filters: which exits concern the user at all. They hold for every output,
 * may be changed while loaded, and count what they keep back.
 */
#include <linux/cgroup.h>
#include <linux/err.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/uidgid.h>

#include "internal.h"

DEFINE_STATIC_KEY_FALSE(procmon_filtering);

#define UID_ANY	((uid_t)-1)	/* never a valid uid, see uid_valid() */

struct filter {
	bool failed;
	bool kthreads;
	uid_t uid;
	char comm[PROCMON_COMM_LEN];
	struct cgroup *cgroup;	/* held; NULL: any */
	char *cgroup_path;	/* as the user wrote it; NULL with that */
};

/*
 * Handlers read one slot while a writer fills the other; the writer leaves
 * when no handler can still be reading the slot that the next one will fill.
 */
static struct filter filter_slots[2] = {
	{ .kthreads = true, .uid = UID_ANY },
};
static struct filter __rcu *filter =
	(struct filter __rcu __force *)&filter_slots[0];
static DEFINE_MUTEX(filter_mutex);

/*
 * One member of the filter, as a module parameter. What @parse leaves behind of the old
 * value is given to @release when nobody uses it any more.
 */
struct filter_param {
	const char *allowed;
	int (*parse)(struct filter *f, const char *val);
	int (*show)(const struct filter *f, char *buffer);
	void (*release)(struct filter *f);
};

static void switch_filtering(bool on)
{
	if (on == static_key_enabled(&procmon_filtering))
		return;
	if (on) {
		static_branch_enable(&procmon_filtering);
		static_branch_inc(&procmon_long_way);
	} else {
		static_branch_dec(&procmon_long_way);
		static_branch_disable(&procmon_filtering);
	}
}

static int filter_set(const char *val, const struct kernel_param *kp)
{
	const struct filter_param *param = kp->arg;
	struct filter *old, *new;
	int err;

	mutex_lock(&filter_mutex);
	old = rcu_dereference_protected(filter, lockdep_is_held(&filter_mutex));
	new = &filter_slots[old == &filter_slots[0]];
	*new = *old;
	err = param->parse(new, val);
	if (err) {
		err = procmon_param_refuse(kp, val, param->allowed);
		goto unlock;
	}

	rcu_assign_pointer(filter, new);
	switch_filtering(new->failed || !new->kthreads || new->uid != UID_ANY ||
			 *new->comm || new->cgroup);
	synchronize_rcu();
	if (param->release)
		param->release(old);
unlock:
	mutex_unlock(&filter_mutex);
	return err;
}

static int filter_get(char *buffer, const struct kernel_param *kp)
{
	const struct filter_param *param = kp->arg;
	int len;

	rcu_read_lock();
	len = param->show(rcu_dereference(filter), buffer);
	rcu_read_unlock();
	return len;
}

static const struct kernel_param_ops filter_ops = {
	.set = filter_set,
	.get = filter_get,
};

static int failed_parse(struct filter *f, const char *val)
{
	return kstrtobool(val, &f->failed);
}

static int failed_show(const struct filter *f, char *buffer)
{
	return sysfs_emit(buffer, "%c\n", f->failed ? 'Y' : 'N');
}

static struct filter_param failed_param = { "Y or N", failed_parse, failed_show };
module_param_cb(failed, &filter_ops, &failed_param, 0644);
MODULE_PARM_DESC(failed,
		 "only exits with a status other than 0 or by a signal: Y or N (default); may be written while loaded");

static int kthreads_parse(struct filter *f, const char *val)
{
	return kstrtobool(val, &f->kthreads);
}

static int kthreads_show(const struct filter *f, char *buffer)
{
	return sysfs_emit(buffer, "%c\n", f->kthreads ? 'Y' : 'N');
}

static struct filter_param kthreads_param = { "Y or N", kthreads_parse, kthreads_show };
module_param_cb(kthreads, &filter_ops, &kthreads_param, 0644);
MODULE_PARM_DESC(kthreads,
		 "kernel threads too: Y (default) or N; may be written while loaded");

static int uid_parse(struct filter *f, const char *val)
{
	unsigned int uid;
	int err;

	if (sysfs_streq(val, "any")) {
		f->uid = UID_ANY;
		return 0;
	}
	err = kstrtouint(val, 10, &uid);
	if (err)
		return err;
	if (uid == UID_ANY)
		return -EINVAL;
	f->uid = uid;
	return 0;
}

static int uid_show(const struct filter *f, char *buffer)
{
	if (f->uid == UID_ANY)
		return sysfs_emit(buffer, "any\n");
	return sysfs_emit(buffer, "%u\n", f->uid);
}

static struct filter_param uid_param = { "a user id or any", uid_parse, uid_show };
module_param_cb(uid, &filter_ops, &uid_param, 0644);
MODULE_PARM_DESC(uid,
		 "only tasks of this real user id (init user namespace), or any (default); may be written while loaded");

static int comm_parse(struct filter *f, const char *val)
{
	size_t len = strcspn(val, "\n");	/* echo adds one */

	if (len >= sizeof(f->comm))
		return -EINVAL;
	memset(f->comm, 0, sizeof(f->comm));
	memcpy(f->comm, val, len);
	return 0;
}

static int comm_show(const struct filter *f, char *buffer)
{
	return sysfs_emit(buffer, "%s\n", f->comm);
}

static struct filter_param comm_param = {
	"at most 15 bytes of a task name, or nothing for every name",
	comm_parse, comm_show
};
module_param_cb(comm, &filter_ops, &comm_param, 0644);
MODULE_PARM_DESC(comm,
		 "only tasks of exactly this name (15 bytes at most; empty, the default: every name); may be written while loaded");

#ifdef CONFIG_CGROUPS

static void release_cgroup(struct filter *f)
{
	if (f->cgroup)
		cgroup_put(f->cgroup);
	kfree(f->cgroup_path);
}

static int cgroup_parse(struct filter *f, const char *val)
{
	size_t len = strcspn(val, "\n");	/* echo adds one */
	struct cgroup *cgroup = NULL;
	char *path = NULL;

	if (len) {
		path = kmemdup_nul(val, len, GFP_KERNEL);
		if (!path)
			return -ENOMEM;
		cgroup = cgroup_get_from_path(path);
		if (IS_ERR(cgroup)) {
			kfree(path);
			return PTR_ERR(cgroup);
		}
	}
	f->cgroup = cgroup;
	f->cgroup_path = path;
	return 0;
}

static int cgroup_show(const struct filter *f, char *buffer)
{
	return sysfs_emit(buffer, "%s\n", f->cgroup_path ?: "");
}

static struct filter_param cgroup_param = {
	"the path of a cgroup that is there, as /proc/PID/cgroup has it behind 0::, or nothing for all",
	cgroup_parse, cgroup_show, release_cgroup
};

/* At the unload, and if the load fails later. */
static void free_cgroup(void *arg)
{
	release_cgroup(rcu_dereference_protected(filter, true));
}

static const struct kernel_param_ops filter_cgroup_ops = {
	.set = filter_set,
	.get = filter_get,
	.free = free_cgroup,
};

module_param_cb(cgroup, &filter_cgroup_ops, &cgroup_param, 0644);
MODULE_PARM_DESC(cgroup,
		 "only tasks of the cgroup v2 with this path, and of those below it (empty, the default: all); may be written while loaded");

static bool cgroup_passes(const struct filter *f)
{
	return !f->cgroup || cgroup_is_descendant(task_dfl_cgroup(current), f->cgroup);
}

#else

static bool cgroup_passes(const struct filter *f)
{
	return true;
}

#endif

/**
 * procmon_filter_passes - does the user want to know of this exit?
 * @rec: an identified record
 *
 * Context: as procmon_deliver(); only called while procmon_filtering is on.
 * Return: false if a filter keeps it back.
 */
bool procmon_filter_passes(const struct procmon_record *rec)
{
	const struct filter *f;
	bool passes;

	/* rcu_read_unlock() in an NMI leaves what is to be done to the next one */
	rcu_read_lock();
	f = rcu_dereference(filter);
	passes = !(f->failed && !procmon_record_failed(rec)) &&
		 !(procmon_record_kthread(rec) && !f->kthreads) &&
		 (f->uid == UID_ANY || f->uid == rec->uid) &&
		 (!*f->comm || !strncmp(f->comm, rec->comm, sizeof(f->comm))) &&
		 cgroup_passes(f);
	rcu_read_unlock();
	return passes;
}
