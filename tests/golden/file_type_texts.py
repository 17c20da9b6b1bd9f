"""Short texts of many languages, each a small file as people write them: name to type and content."""

# ruff: noqa: E501
from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "page.html": (
        "html",
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>Tea</title></head>\n'
        "<body>\n  <h1>Tea</h1>\n  <p>Boil <em>fresh</em> water, and wait for four minutes.</p>\n"
        "  <ul><li>green</li><li>black</li></ul>\n</body>\n</html>\n",
    ),
    "drawing.svg": (
        "svg",
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">\n'
        '  <circle cx="50" cy="50" r="40" fill="teal"/>\n  <path d="M10 10 L90 90" stroke="black"/>\n</svg>\n',
    ),
    "note.xml": (
        "xml",
        '<?xml version="1.0" encoding="UTF-8"?>\n<note>\n  <to>Ada</to>\n  <from>Charles</from>\n'
        "  <body>The engine weaves algebraical patterns.</body>\n</note>\n",
    ),
    "people.csv": (
        "csv",
        "name,age,city,height\n"
        + "".join(f"Person {n},{20 + n},City {n % 7},{1.5 + n / 100:.2f}\n" for n in range(40)),
    ),
    "people.tsv": (
        "tsv",
        "name\tage\tcity\n" + "".join(f"Person {n}\t{20 + n}\tCity {n % 7}\n" for n in range(40)),
    ),
    "settings.ini": (
        "ini",
        "; settings of the station\n[network]\nhost = localhost\nport = 8080\n\n[sensor]\nname = roof\n"
        "interval = 30\nunit = celsius\n",
    ),
    "compose.yml": (
        "yaml",
        'services:\n  web:\n    image: nginx:1.27\n    ports:\n      - "8080:80"\n    depends_on: [db]\n'
        "  db:\n    image: postgres:17\n    environment:\n      POSTGRES_PASSWORD: example\n",
    ),
    "Dockerfile": (
        "dockerfile",
        "FROM python:3.12-slim\nWORKDIR /app\nCOPY requirements.txt .\n"
        "RUN pip install --no-cache-dir -r requirements.txt\nCOPY . .\nEXPOSE 8000\n"
        'CMD ["python", "-m", "app"]\n',
    ),
    "Makefile": (
        "makefile",
        "CC = gcc\nCFLAGS = -O2 -Wall\nOBJECTS = main.o list.o\n\nall: program\n\nprogram: $(OBJECTS)\n"
        "\t$(CC) -o $@ $^\n\n%.o: %.c\n\t$(CC) $(CFLAGS) -c $<\n\n.PHONY: clean\nclean:\n\trm -f *.o program\n",
    ),
    "backup.sh": (
        "shell",
        '#!/bin/sh\nset -eu\ntarget="/backup/$(date +%F)"\nmkdir -p "$target"\nfor folder in docs photos; do\n'
        '  if [ -d "$HOME/$folder" ]; then\n    cp -a "$HOME/$folder" "$target/"\n  fi\ndone\necho done\n',
    ),
    "start.bat": (
        "batch",
        '@echo off\r\nsetlocal\r\nset NAME=%1\r\nif "%NAME%"=="" set NAME=world\r\necho Hello %NAME%\r\n'
        'for %%f in (*.txt) do copy "%%f" backup\\\r\npause\r\nendlocal\r\n',
    ),
    "orders.sql": (
        "sql",
        "CREATE TABLE orders (\n  id INTEGER PRIMARY KEY,\n  customer TEXT NOT NULL,\n  total NUMERIC(10, 2)\n);\n"
        "INSERT INTO orders VALUES (1, 'Ada', 12.50), (2, 'Grace', 99.00);\n"
        "SELECT customer, SUM(total) FROM orders GROUP BY customer ORDER BY 2 DESC;\n",
    ),
    "Main.java": (
        "java",
        "package shop;\n\nimport java.util.List;\n\npublic final class Main {\n"
        "    private static int sum(List<Integer> values) {\n        int total = 0;\n"
        "        for (int value : values) total += value;\n        return total;\n    }\n\n"
        "    public static void main(String[] args) {\n        System.out.println(sum(List.of(1, 2, 3)));\n    }\n}\n",
    ),
    "main.go": (
        "go",
        'package main\n\nimport (\n\t"fmt"\n\t"os"\n)\n\nfunc main() {\n\tfor i, arg := range os.Args[1:] {\n'
        '\t\tfmt.Printf("%d: %s\\n", i, arg)\n\t}\n}\n',
    ),
    "main.rs": (
        "rust",
        "use std::collections::HashMap;\n\nfn count(text: &str) -> HashMap<char, usize> {\n"
        "    let mut counts = HashMap::new();\n    for c in text.chars() {\n"
        "        *counts.entry(c).or_insert(0) += 1;\n    }\n    counts\n}\n\nfn main() {\n"
        '    println!("{:?}", count("hello"));\n}\n',
    ),
    "list.rb": (
        "ruby",
        "class Stack\n  def initialize\n    @items = []\n  end\n\n  def push(item)\n    @items << item\n    self\n"
        "  end\n\n  def each(&block) = @items.each(&block)\nend\n\nStack.new.push(1).push(2).each { |x| puts x }\n",
    ),
    "index.php": (
        "php",
        "<?php\ndeclare(strict_types=1);\n\nfunction greet(string $name): string {\n"
        "    return \"Hello, \" . htmlspecialchars($name) . \"!\";\n}\n\necho greet($_GET['name'] ?? 'world');\n",
    ),
    "tree.hs": (
        "haskell",
        "module Tree where\n\ndata Tree a = Leaf | Node (Tree a) a (Tree a)\n\n"
        "insert :: Ord a => a -> Tree a -> Tree a\ninsert x Leaf = Node Leaf x Leaf\n"
        "insert x t@(Node l y r)\n  | x < y     = Node (insert x l) y r\n  | x > y     = Node l y (insert x r)\n"
        "  | otherwise = t\n",
    ),
    "paper.tex": (
        "latex",
        "\\documentclass{article}\n\\usepackage{amsmath}\n\\title{On Tea}\n\\begin{document}\n\\maketitle\n"
        "\\section{Heat}\nNewton's law of cooling is\n\\begin{equation}\n  \\frac{dT}{dt} = -k (T - T_0).\n"
        "\\end{equation}\n\\end{document}\n",
    ),
    "fix.patch": (
        "diff",
        "diff --git a/app.py b/app.py\nindex 83db48f..bf269f4 100644\n--- a/app.py\n+++ b/app.py\n@@ -1,4 +1,4 @@\n"
        " def area(r):\n-    return 3.14 * r * r\n+    return math.pi * r ** 2\n \n print(area(2))\n",
    ),
    "film.srt": (
        "srt",
        "1\n00:00:01,000 --> 00:00:04,000\nGood morning.\n\n2\n00:00:05,500 --> 00:00:08,250\nIs there any tea?\n\n"
        "3\n00:00:09,000 --> 00:00:11,000\nThere always is.\n",
    ),
    "meeting.ics": (
        "ics",
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\nBEGIN:VEVENT\r\nUID:1@example.org\r\n"
        "DTSTART:20260105T090000Z\r\nDTEND:20260105T100000Z\r\nSUMMARY:Tea\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    ),
    "letter.txt": (
        "txt",
        "Dear Ada,\n\nthank you for your letter. The weather here has been fine all week, and we walked along\n"
        "the river every evening. I hope to see you in spring.\n\nYours,\nCharles\n",
    ),
    "brief.txt": (
        "txt",
        "亲爱的朋友：\n\n谢谢你的来信。这里的天气一直很好，我们每天傍晚都沿着河边散步。希望春天能见到你。\n\n此致\n敬礼\n",
    ),
    "events.jsonl": ("jsonl", "".join(f'{{"id": {n}, "event": "click", "x": {n * 7}}}\n' for n in range(30))),
    "script.lua": (
        "lua",
        "local Account = {}\nAccount.__index = Account\n\nfunction Account.new(balance)\n"
        "  return setmetatable({ balance = balance or 0 }, Account)\nend\n\nfunction Account:deposit(amount)\n"
        "  self.balance = self.balance + amount\nend\n\nlocal a = Account.new(10)\na:deposit(5)\nprint(a.balance)\n",
    ),
}
