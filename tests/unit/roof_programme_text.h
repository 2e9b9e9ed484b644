/*
 * A small programme file in pieces, for the tests that vary one line of it.
 */
#ifndef JIEBANG_TESTS_ROOF_PROGRAMME_TEXT_H
#define JIEBANG_TESTS_ROOF_PROGRAMME_TEXT_H

#define HEAD       "id = \"p\";\nname = { zh = \"N\"; };\nissuer = \"I\";\ncomplete = true;\n"
#define CLAUSES    "clauses = ( { rule = \"window\"; text = \"T\"; source = \"S\"; } );\n"
#define TRACKS     "tracks = ( { id = \"a\"; zh = \"A\"; } );\n"
#define TASKS      "tasks = ( { id = \"a-1\"; track = \"a\"; name = \"X\"; } );\n"
#define CLASSES    "classes = ( { id = \"assigned\"; zh = \"Z\"; owes = true; } );\n"
#define WINDOW     "window = { months = 24; roll = \"none\"; rule = \"window\"; };\n"
#define LADDERS    "ladders = ( { id = \"d\"; before = [ 7, 0 ]; send_at = \"09:05\"; } );\n"
#define BASE       HEAD CLAUSES TRACKS TASKS CLASSES WINDOW LADDERS /* ten lines */
#define INCOMPLETE /* eight lines: the window is not known */                                      \
	"id = \"p\";\nname = { zh = \"N\"; };\nissuer = \"I\";\ncomplete = false;\n"               \
	"note = \"window unknown\";\n" TRACKS CLASSES LADDERS
#define RULE(more)                                                                                 \
	"obligations = ( { id = \"r\"; kind = \"material\"; zh = \"M\"; satisfied_by = "           \
	"\"acceptance\"; "                                                                         \
	"ladder = \"d\"; clause = \"ours\"; " more " } );\n"
#define EVERY "every_months = 6; times = 4; "

#endif
