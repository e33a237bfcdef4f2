# Written by bench/report. gnuplot overhead.gp > overhead.svg
set terminal svg size 1072,2011 font 'sans-serif,12' background '#ffffff' noenhanced
set datafile missing NaN
set multiplot
set lmargin at screen 0.2910
set rmargin at screen 0.9813
set border 1 lc rgb '#666666'
set tics nomirror scale 0.5
set ytics scale 0
set grid xtics lc rgb '#dddddd' lt 1
set key at graph 0,1 left bottom Left reverse horizontal samplen 1 width 2 noenhanced
set xlabel offset 0,0.3
set format x '%.10g'

set bmargin at screen 0.4296
set tmargin at screen 0.9682

# count: from, to, y, half the height
$k0_0 << EOD
10 18 -0.0000 0.42
10 74 -4.4706 0.42
10 107 -8.9412 0.42
10 144 -13.4118 0.42
10 168 -17.8824 0.42
10 459 -22.3529 0.42
10 466 -26.8235 0.42
10 528 -31.2941 0.42
NaN NaN 0 0
EOD

# stream: from, to, y, half the height
$k0_1 << EOD
10 173 -1.0000 0.42
10 231 -5.4706 0.42
10 263 -9.9412 0.42
10 300 -14.4118 0.42
10 324 -18.8824 0.42
10 613 -23.3529 0.42
10 621 -27.8235 0.42
10 684 -32.2941 0.42
NaN NaN 0 0
EOD

# trace: from, to, y, half the height
$k0_2 << EOD
10 1589 -2.0000 0.42
10 1647 -6.4706 0.42
10 1679 -10.9412 0.42
10 1716 -15.4118 0.42
10 1740 -19.8824 0.42
10 2029 -24.3529 0.42
10 2037 -28.8235 0.42
10 2100 -33.2941 0.42
10 1169 -37.7647 0.42
NaN NaN 0 0
EOD

# log: from, to, y, half the height
$k0_3 << EOD
10 4926 -3.0000 0.42
10 4984 -7.4706 0.42
10 5016 -11.9412 0.42
10 5053 -16.4118 0.42
10 5077 -20.8824 0.42
10 5366 -25.3529 0.42
10 5374 -29.8235 0.42
10 5423 -34.2941 0.42
NaN NaN 0 0
EOD

# other tools: from, to, y, half the height
$k0_tools << EOD
10 237 -40.2353 0.42
10 358 -41.4706 0.42
10 468 -42.7059 0.42
10 923 -43.9412 0.42
10 1161 -45.1765 0.42
1724 2319 -46.4118 0.42
2871 12018 -47.6471 0.42
3490 4331 -48.8824 0.42
3910 6647 -50.1176 0.42
4508 59321 -51.3529 0.42
5127 148880 -52.5882 0.42
6076 15931 -53.8235 0.42
11339 17787 -55.0588 0.42
12501 16893 -56.2941 0.42
13876 17602 -57.5294 0.42
14080 17750 -58.7647 0.42
14564 18250 -60.0000 0.42
14875 18794 -61.2353 0.42
30537 133000 -62.4706 0.42
NaN NaN 0 0
EOD

unset label
set label 'What a hook or another tool adds to one exit, Linux '.'6.12.117+deb12-amd64' at graph 0,1 offset 0,2.6 font ',14' noenhanced
set xlabel 'instructions per exit (logarithmic scale)' noenhanced
set logscale x 10
set xrange [10:8422240.36]
set yrange [-63.2706:0.8000]
set ytics ('tracepoint' -1.5000, 'ftrace' -5.9706, 'kprobe jump' -10.4412, 'fprobe' -14.9118, 'kprobe ftrace' -19.3824, 'fprobe exit' -23.8529, 'kretprobe' -28.3235, 'kprobe int3' -32.7941, 'kernel''s event' -37.2647, 'bpftrace kfunc:do_exit, count' -40.2353, 'perf, stat' -41.4706, 'bpftrace kprobe:do_exit, count' -42.7059, 'bpftrace tracepoint, count' -43.9412, 'trace-cmd, record' -45.1765, 'process accounting, accton' -46.4118, 'forkstat, -e exit' -47.6471, 'perf, record -B' -48.8824, 'taskstats, listener' -50.1176, 'exitsnoop, bcc' -51.3529, 'perf, trace' -52.5882, 'exitsnoop, libbpf-tools' -53.8235, 'tracefs event, cat trace_pipe' -55.0588, 'bpftrace tracepoint, printf' -56.2941, 'bpftrace kfunc:do_exit, printf' -57.5294, 'bpftrace kprobe:do_exit, printf' -58.7647, 'tracefs kprobe do_exit, cat trace_pipe' -60.0000, 'function tracer do_exit, cat trace_pipe' -61.2353, 'auditd, exit and exit_group' -62.4706)
set label '18' at 18,-0.0000 left offset 0.5,0 textcolor rgb '#000000'
set label '173' at 173,-1.0000 left offset 0.5,0 textcolor rgb '#000000'
set label '1589' at 1589,-2.0000 left offset 0.5,0 textcolor rgb '#000000'
set label '4926' at 4926,-3.0000 left offset 0.5,0 textcolor rgb '#000000'
set label '74' at 74,-4.4706 left offset 0.5,0 textcolor rgb '#000000'
set label '231' at 231,-5.4706 left offset 0.5,0 textcolor rgb '#000000'
set label '1647' at 1647,-6.4706 left offset 0.5,0 textcolor rgb '#000000'
set label '4984' at 4984,-7.4706 left offset 0.5,0 textcolor rgb '#000000'
set label '107' at 107,-8.9412 left offset 0.5,0 textcolor rgb '#000000'
set label '263' at 263,-9.9412 left offset 0.5,0 textcolor rgb '#000000'
set label '1679' at 1679,-10.9412 left offset 0.5,0 textcolor rgb '#000000'
set label '5016' at 5016,-11.9412 left offset 0.5,0 textcolor rgb '#000000'
set label '144' at 144,-13.4118 left offset 0.5,0 textcolor rgb '#000000'
set label '300' at 300,-14.4118 left offset 0.5,0 textcolor rgb '#000000'
set label '1716' at 1716,-15.4118 left offset 0.5,0 textcolor rgb '#000000'
set label '5053' at 5053,-16.4118 left offset 0.5,0 textcolor rgb '#000000'
set label '168' at 168,-17.8824 left offset 0.5,0 textcolor rgb '#000000'
set label '324' at 324,-18.8824 left offset 0.5,0 textcolor rgb '#000000'
set label '1740' at 1740,-19.8824 left offset 0.5,0 textcolor rgb '#000000'
set label '5077' at 5077,-20.8824 left offset 0.5,0 textcolor rgb '#000000'
set label '459' at 459,-22.3529 left offset 0.5,0 textcolor rgb '#000000'
set label '613' at 613,-23.3529 left offset 0.5,0 textcolor rgb '#000000'
set label '2029' at 2029,-24.3529 left offset 0.5,0 textcolor rgb '#000000'
set label '5366' at 5366,-25.3529 left offset 0.5,0 textcolor rgb '#000000'
set label '466' at 466,-26.8235 left offset 0.5,0 textcolor rgb '#000000'
set label '621' at 621,-27.8235 left offset 0.5,0 textcolor rgb '#000000'
set label '2037' at 2037,-28.8235 left offset 0.5,0 textcolor rgb '#000000'
set label '5374' at 5374,-29.8235 left offset 0.5,0 textcolor rgb '#000000'
set label '528' at 528,-31.2941 left offset 0.5,0 textcolor rgb '#000000'
set label '684' at 684,-32.2941 left offset 0.5,0 textcolor rgb '#000000'
set label '2100' at 2100,-33.2941 left offset 0.5,0 textcolor rgb '#000000'
set label '5423' at 5423,-34.2941 left offset 0.5,0 textcolor rgb '#000000'
set label '1169' at 1169,-37.7647 left offset 0.5,0 textcolor rgb '#000000'
set label '235..237' at 237,-40.2353 left offset 0.5,0 textcolor rgb '#000000'
set label '356..358' at 358,-41.4706 left offset 0.5,0 textcolor rgb '#000000'
set label '464..468' at 468,-42.7059 left offset 0.5,0 textcolor rgb '#000000'
set label '921..923' at 923,-43.9412 left offset 0.5,0 textcolor rgb '#000000'
set label '1161' at 1161,-45.1765 left offset 0.5,0 textcolor rgb '#000000'
set label '1724 to 2319 (gate rival)' at 2319,-46.4118 left offset 0.5,0 textcolor rgb '#666666'
set label '2871 to 12018 (gate hits)' at 12018,-47.6471 left offset 0.5,0 textcolor rgb '#666666'
set label '3490 to 4331 (gate share)' at 4331,-48.8824 left offset 0.5,0 textcolor rgb '#666666'
set label '3910 to 6647 (gate overlap)' at 6647,-50.1176 left offset 0.5,0 textcolor rgb '#666666'
set label '4508 to 59321 (gate overlap)' at 59321,-51.3529 left offset 0.5,0 textcolor rgb '#666666'
set label '5127 to 148880 (gate overlap)' at 148880,-52.5882 left offset 0.5,0 textcolor rgb '#666666'
set label '6076 to 15931 (gate overlap)' at 15931,-53.8235 left offset 0.5,0 textcolor rgb '#666666'
set label '11339 to 17787 (gate overlap)' at 17787,-55.0588 left offset 0.5,0 textcolor rgb '#666666'
set label '12501 to 16893 (gate overlap)' at 16893,-56.2941 left offset 0.5,0 textcolor rgb '#666666'
set label '13876 to 17602 (gate overlap)' at 17602,-57.5294 left offset 0.5,0 textcolor rgb '#666666'
set label '14080 to 17750 (gate overlap)' at 17750,-58.7647 left offset 0.5,0 textcolor rgb '#666666'
set label '14564 to 18250 (gate overlap)' at 18250,-60.0000 left offset 0.5,0 textcolor rgb '#666666'
set label '14875 to 18794 (gate overlap)' at 18794,-61.2353 left offset 0.5,0 textcolor rgb '#666666'
set label '30537 to 133000 (gate overlap)' at 133000,-62.4706 left offset 0.5,0 textcolor rgb '#666666'
plot $k0_0 using 1:3:1:2:($3-$4):($3+$4) with boxxyerror fs solid noborder fc rgb '#0072b2' title 'count', \
     $k0_1 using 1:3:1:2:($3-$4):($3+$4) with boxxyerror fs solid noborder fc rgb '#e69f00' title 'stream', \
     $k0_2 using 1:3:1:2:($3-$4):($3+$4) with boxxyerror fs solid noborder fc rgb '#009e73' title 'trace', \
     $k0_3 using 1:3:1:2:($3-$4):($3+$4) with boxxyerror fs solid noborder fc rgb '#cc79a7' title 'log', \
     $k0_tools using 1:3:1:2:($3-$4):($3+$4) with boxxyerror fs solid noborder fc rgb '#555555' title 'tool'

set bmargin at screen 0.0288
set tmargin at screen 0.3690

# count: from, to, y, half the height
$k1_0 << EOD
10 23 -0.0000 0.42
10 74 -4.4706 0.42
10 105 -8.9412 0.42
10 154 -13.4118 0.42
10 165 -17.8824 0.42
10 547 -22.3529 0.42
1600 2596 -26.8235 0.42
351 708 -31.2941 0.42
NaN NaN 0 0
EOD

# stream: from, to, y, half the height
$k1_1 << EOD
10 178 -1.0000 0.42
10 229 -5.4706 0.42
145 719 -9.9412 0.42
10 308 -14.4118 0.42
10 319 -18.8824 0.42
10 701 -23.3529 0.42
1730 2661 -27.8235 0.42
10 646 -32.2941 0.42
NaN NaN 0 0
EOD

# trace: from, to, y, half the height
$k1_2 << EOD
10 1555 -2.0000 0.42
10 1606 -6.4706 0.42
10 1636 -10.9412 0.42
10 1685 -15.4118 0.42
10 1696 -19.8824 0.42
1897 2306 -24.3529 0.42
3259 4039 -28.8235 0.42
1858 2273 -33.2941 0.42
10 1136 -37.7647 0.42
NaN NaN 0 0
EOD

# log: from, to, y, half the height
$k1_3 << EOD
10 5557 -3.0000 0.42
10 5608 -7.4706 0.42
10 5638 -11.9412 0.42
10 5687 -16.4118 0.42
10 5698 -20.8824 0.42
10 6079 -25.3529 0.42
7141 7734 -29.8235 0.42
10 6025 -34.2941 0.42
NaN NaN 0 0
EOD

unset label
set label 'What a hook adds to one exit, Linux '.'7.3.4+deb13-amd64' at graph 0,1 offset 0,2.6 font ',14' noenhanced
set xlabel 'instructions per exit (logarithmic scale)' noenhanced
set logscale x 10
set xrange [10:126337.977]
set yrange [-39.5647:0.8000]
set ytics ('tracepoint' -1.5000, 'ftrace' -5.9706, 'kprobe jump' -10.4412, 'fprobe' -14.9118, 'kprobe ftrace' -19.3824, 'kprobe int3' -23.8529, 'fprobe exit' -28.3235, 'kretprobe' -32.7941, 'kernel''s event' -37.2647)
set label '23' at 23,-0.0000 left offset 0.5,0 textcolor rgb '#000000'
set label '178' at 178,-1.0000 left offset 0.5,0 textcolor rgb '#000000'
set label '1555' at 1555,-2.0000 left offset 0.5,0 textcolor rgb '#000000'
set label '5557' at 5557,-3.0000 left offset 0.5,0 textcolor rgb '#000000'
set label '74' at 74,-4.4706 left offset 0.5,0 textcolor rgb '#000000'
set label '229' at 229,-5.4706 left offset 0.5,0 textcolor rgb '#000000'
set label '1606' at 1606,-6.4706 left offset 0.5,0 textcolor rgb '#000000'
set label '5608' at 5608,-7.4706 left offset 0.5,0 textcolor rgb '#000000'
set label '105' at 105,-8.9412 left offset 0.5,0 textcolor rgb '#000000'
set label '145 to 719 (gate rival)' at 719,-9.9412 left offset 0.5,0 textcolor rgb '#666666'
set label '1636' at 1636,-10.9412 left offset 0.5,0 textcolor rgb '#000000'
set label '5638' at 5638,-11.9412 left offset 0.5,0 textcolor rgb '#000000'
set label '154' at 154,-13.4118 left offset 0.5,0 textcolor rgb '#000000'
set label '308' at 308,-14.4118 left offset 0.5,0 textcolor rgb '#000000'
set label '1685' at 1685,-15.4118 left offset 0.5,0 textcolor rgb '#000000'
set label '5687' at 5687,-16.4118 left offset 0.5,0 textcolor rgb '#000000'
set label '165' at 165,-17.8824 left offset 0.5,0 textcolor rgb '#000000'
set label '319' at 319,-18.8824 left offset 0.5,0 textcolor rgb '#000000'
set label '1696' at 1696,-19.8824 left offset 0.5,0 textcolor rgb '#000000'
set label '5698' at 5698,-20.8824 left offset 0.5,0 textcolor rgb '#000000'
set label '547' at 547,-22.3529 left offset 0.5,0 textcolor rgb '#000000'
set label '701' at 701,-23.3529 left offset 0.5,0 textcolor rgb '#000000'
set label '1897 to 2306 (gate rival)' at 2306,-24.3529 left offset 0.5,0 textcolor rgb '#666666'
set label '6079' at 6079,-25.3529 left offset 0.5,0 textcolor rgb '#000000'
set label '1600 to 2596 (gate rival)' at 2596,-26.8235 left offset 0.5,0 textcolor rgb '#666666'
set label '1730 to 2661 (gate overlap)' at 2661,-27.8235 left offset 0.5,0 textcolor rgb '#666666'
set label '3259 to 4039 (gate overlap)' at 4039,-28.8235 left offset 0.5,0 textcolor rgb '#666666'
set label '7141 to 7734 (gate overlap)' at 7734,-29.8235 left offset 0.5,0 textcolor rgb '#666666'
set label '351 to 708 (gate rival)' at 708,-31.2941 left offset 0.5,0 textcolor rgb '#666666'
set label '646' at 646,-32.2941 left offset 0.5,0 textcolor rgb '#000000'
set label '1858 to 2273 (gate rival)' at 2273,-33.2941 left offset 0.5,0 textcolor rgb '#666666'
set label '6025' at 6025,-34.2941 left offset 0.5,0 textcolor rgb '#000000'
set label '1136' at 1136,-37.7647 left offset 0.5,0 textcolor rgb '#000000'
plot $k1_0 using 1:3:1:2:($3-$4):($3+$4) with boxxyerror fs solid noborder fc rgb '#0072b2' title 'count', \
     $k1_1 using 1:3:1:2:($3-$4):($3+$4) with boxxyerror fs solid noborder fc rgb '#e69f00' title 'stream', \
     $k1_2 using 1:3:1:2:($3-$4):($3+$4) with boxxyerror fs solid noborder fc rgb '#009e73' title 'trace', \
     $k1_3 using 1:3:1:2:($3-$4):($3+$4) with boxxyerror fs solid noborder fc rgb '#cc79a7' title 'log'
unset multiplot
