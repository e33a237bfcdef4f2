# Written by bench/report. gnuplot overhead.gp > overhead.svg
set terminal svg size 900,594 font 'sans-serif,12' background '#ffffff' noenhanced
set datafile missing NaN
set multiplot
set lmargin at screen 0.1556
set rmargin at screen 0.9778
set border 1 lc rgb '#666666'
set tics nomirror scale 0.5
set ytics scale 0
set grid xtics lc rgb '#dddddd' lt 1
set key at graph 0,1 left bottom Left reverse horizontal samplen 1 width 2 noenhanced
set xlabel offset 0,0.3
set format x '%.10g'

set bmargin at screen 0.0976
set tmargin at screen 0.8923

# count: from, to, y, half the height
$k0_0 << EOD
10 18 -0.0000 0.42
10 74 -3.4706 0.42
10 107 -6.9412 0.42
10 144 -10.4118 0.42
10 168 -13.8824 0.42
10 459 -17.3529 0.42
10 466 -20.8235 0.42
10 528 -24.2941 0.42
NaN NaN 0 0
EOD

# trace: from, to, y, half the height
$k0_1 << EOD
10 1718 -1.0000 0.42
10 1776 -4.4706 0.42
10 1808 -7.9412 0.42
10 1845 -11.4118 0.42
10 1869 -14.8824 0.42
10 2158 -18.3529 0.42
10 2166 -21.8235 0.42
10 2229 -25.2941 0.42
NaN NaN 0 0
EOD

# log: from, to, y, half the height
$k0_2 << EOD
10 5057 -2.0000 0.42
10 5115 -5.4706 0.42
10 5147 -8.9412 0.42
10 5184 -12.4118 0.42
10 5208 -15.8824 0.42
10 5497 -19.3529 0.42
10 5505 -22.8235 0.42
10 5554 -26.2941 0.42
NaN NaN 0 0
EOD

unset label
set label 'What a hook adds to one exit, Linux '.'6.12.117+deb12-amd64' at graph 0,1 offset 0,2.6 font ',14' noenhanced
set xlabel 'instructions per exit (logarithmic scale)' noenhanced
set logscale x 10
set xrange [10:78947.8565]
set yrange [-27.0941:0.8000]
set ytics ('tracepoint' -1.0000, 'ftrace' -4.4706, 'kprobe jump' -7.9412, 'fprobe' -11.4118, 'kprobe ftrace' -14.8824, 'fprobe exit' -18.3529, 'kretprobe' -21.8235, 'kprobe int3' -25.2941)
set label '18' at 18,-0.0000 left offset 0.5,0 textcolor rgb '#000000'
set label '1718' at 1718,-1.0000 left offset 0.5,0 textcolor rgb '#000000'
set label '5057' at 5057,-2.0000 left offset 0.5,0 textcolor rgb '#000000'
set label '74' at 74,-3.4706 left offset 0.5,0 textcolor rgb '#000000'
set label '1776' at 1776,-4.4706 left offset 0.5,0 textcolor rgb '#000000'
set label '5115' at 5115,-5.4706 left offset 0.5,0 textcolor rgb '#000000'
set label '107' at 107,-6.9412 left offset 0.5,0 textcolor rgb '#000000'
set label '1808' at 1808,-7.9412 left offset 0.5,0 textcolor rgb '#000000'
set label '5147' at 5147,-8.9412 left offset 0.5,0 textcolor rgb '#000000'
set label '144' at 144,-10.4118 left offset 0.5,0 textcolor rgb '#000000'
set label '1845' at 1845,-11.4118 left offset 0.5,0 textcolor rgb '#000000'
set label '5184' at 5184,-12.4118 left offset 0.5,0 textcolor rgb '#000000'
set label '168' at 168,-13.8824 left offset 0.5,0 textcolor rgb '#000000'
set label '1869' at 1869,-14.8824 left offset 0.5,0 textcolor rgb '#000000'
set label '5208' at 5208,-15.8824 left offset 0.5,0 textcolor rgb '#000000'
set label '459' at 459,-17.3529 left offset 0.5,0 textcolor rgb '#000000'
set label '2158' at 2158,-18.3529 left offset 0.5,0 textcolor rgb '#000000'
set label '5497' at 5497,-19.3529 left offset 0.5,0 textcolor rgb '#000000'
set label '466' at 466,-20.8235 left offset 0.5,0 textcolor rgb '#000000'
set label '2166' at 2166,-21.8235 left offset 0.5,0 textcolor rgb '#000000'
set label '5505' at 5505,-22.8235 left offset 0.5,0 textcolor rgb '#000000'
set label '528' at 528,-24.2941 left offset 0.5,0 textcolor rgb '#000000'
set label '2229' at 2229,-25.2941 left offset 0.5,0 textcolor rgb '#000000'
set label '5554' at 5554,-26.2941 left offset 0.5,0 textcolor rgb '#000000'
plot $k0_0 using 1:3:1:2:($3-$4):($3+$4) with boxxyerror fs solid noborder fc rgb '#0072b2' title 'count', \
     $k0_1 using 1:3:1:2:($3-$4):($3+$4) with boxxyerror fs solid noborder fc rgb '#e69f00' title 'trace', \
     $k0_2 using 1:3:1:2:($3-$4):($3+$4) with boxxyerror fs solid noborder fc rgb '#009e73' title 'log'
unset multiplot
