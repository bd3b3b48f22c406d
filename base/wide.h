/* wide.h: 128-bit numbers, for products of 64-bit ones. Every compiler that this builds with has them, on
 * every 64-bit CPU; ISO C does not. */
#pragma once

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;
