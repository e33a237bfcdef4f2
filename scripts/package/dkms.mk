# SPDX-License-Identifier: GPL-2.0
#
# What DKMS calls to build the modules, for the kernel with the build tree KDIR.

variants := $(patsubst variants/%/Kbuild,%,$(wildcard variants/*/Kbuild))
kbuild    = $(MAKE) -C $(KDIR) M=$(CURDIR)/variants/$@ CONFIG_DEBUG_INFO_BTF_MODULES=

all: $(variants)

$(variants):
	$(kbuild) modules

clean:
	find variants \( -name '*.o' -o -name '*.ko' -o -name '*.mod*' -o -name '.*.cmd' \
		-o -name modules.order -o -name Module.symvers \) -delete

.PHONY: all clean $(variants)
