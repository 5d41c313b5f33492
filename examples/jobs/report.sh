echo "the month so far"
sleep 2
echo done
