/* program.h: how users call the program. They work in the kit's folder, and every command that is printed
 * can be pasted as it stands. */
#pragma once

#define PROGRAM "./tracelab"
