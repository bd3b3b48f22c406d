/* How large input may be, each limit with its reason. Raise one when a good file meets it. */
#pragma once

/* A workload of 1 MiB has 30,000 lines: nobody reads that; more is a mistake or an attack. */
#define LIMIT_YAML_BYTES (1u << 20)

/* Nesting of YAML. Real workloads reach 20; parsing, checking and compiling recurse this deep. */
#define LIMIT_YAML_DEPTH 64

/* Nodes of one document, some 100 bytes each: bounds memory at a few times the file. */
#define LIMIT_YAML_NODES 200000u

/* Places of a workload that give something a name: objects, functions, parameters, variables. Looking names
 * up takes time with the square of their number, and a program with more of them than this is no exercise. */
#define LIMIT_NAMES 4000u

/* Parts of one shared table (`shard`). An access to all of them looks at each. */
#define LIMIT_SHARDS 65536

/* Brackets, signs and `not`s of an expression inside one another: parsing recurses this deep. */
#define LIMIT_EXPR_DEPTH 64

/* Operators, names and literals of one expression: bounds the time of one evaluation, and how deep
 * checking and evaluating `1 + 1 + ...` recurse. */
#define LIMIT_EXPR_NODES 1000

/* Values that `zipf N` can take: its table has 8 bytes for each. */
#define LIMIT_ZIPF 1000000

/* Branches of one `mix`: a sample walks them all. */
#define LIMIT_MIX 16
