/* Between the files of the YAML reader; nobody else includes this. */
#pragma once

#include <yaml.h>

#include "base/diag.h"
#include "base/source.h"

/* Everything about the bytes that the grammar need not meet: size, UTF-8, control characters, tabs
 * that indent. False after reporting. */
bool yaml_check_text(const struct source *src, struct diags *diags);

/* libyaml counts characters where we count bytes. */
struct yaml_offsets {
    uint32_t *of_character; /* byte offset of each character, and of the end */
    size_t count;
};
size_t yaml_offset(const struct yaml_offsets *offsets, const yaml_mark_t *mark);

/* Reports the error that stopped libyaml, in the words of somebody who wants to write a workload. */
void yaml_explain(const yaml_parser_t *parser, const struct yaml_offsets *offsets, const struct source *src,
                  struct diags *diags);

/* What is said in more than one place. */
#define YAML_SAY_BRACKETS  "brackets and commas need block style or quotes"
#define YAML_SAY_ANCHOR    "anchors are not supported: what is needed twice is a function, called twice"
#define YAML_SAY_TAG       "tags are not supported: remove it"
#define YAML_SAY_COMPLEX   "`?` keys are not supported: a key is a plain word before `:`"
#define YAML_SAY_DIRECTIVE "directives are not supported: remove this line"
void yaml_say_alias(struct span span, struct diags *diags);
void yaml_say_tag(struct span span, struct diags *diags);
