/* Calls one compiled function with tensors from files: the main program for code
   of another machine, which an emulator runs.

     program TYPE[,EXTENT...]:FILE ...

   The first arguments are the inputs, the others the outputs, which are written;
   of these EXTENT only says how many axes there are. TYPE is a number of the
   generated header, FILE holds the elements, nothing else. Prints the extents of
   each output on a line. ENTRY, SHAPES, INPUTS and OUTPUTS are macros. */
#include "program.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = INPUTS + OUTPUTS, MOST_AXES = 16 };
static sattn_tensor tensors[COUNT];
static int64_t shapes[COUNT][MOST_AXES];
static const char *files[COUNT];
static const int element_bytes[] = {1, 1, 2, 4, 8, 8, 2, 2, 4, 8};

static void fail(const char *what, const char *which) {
  fprintf(stderr, "error: %s '%s'\n", what, which);
  exit(2);
}

static void parse(const char *text, int k) {
  char *end;
  tensors[k].type = (int32_t)strtol(text, &end, 10);
  tensors[k].shape = shapes[k];
  while (*end == ',')
    shapes[k][tensors[k].rank++] = strtol(end + 1, &end, 10);
  files[k] = end + 1;
}

static size_t get_bytes(int k) {
  size_t bytes = element_bytes[tensors[k].type];
  for (int axis = 0; axis < tensors[k].rank; ++axis)
    bytes *= (size_t)shapes[k][axis];
  return bytes;
}

/* Exactly as many bytes as there are: an access behind them has a chance to be
   noticed. */
static void allocate(int k) {
  tensors[k].data = malloc(get_bytes(k) ? get_bytes(k) : 1);
  if (!tensors[k].data)
    fail("no memory for", files[k]);
}

static void check(int32_t status) {
  if (!status)
    return;
  fprintf(stderr, "error: code %u argument %u axis %u\n", SATTN_STATUS_CODE(status),
          SATTN_STATUS_ARGUMENT(status), SATTN_STATUS_AXIS(status));
  exit(1);
}

int main(int argc, char **argv) {
  if (argc != COUNT + 1)
    fail("expected TYPE[,EXTENT...]:FILE for each tensor, got", argc > 1 ? argv[1] : "nothing");
  for (int k = 0; k < COUNT; ++k)
    parse(argv[k + 1], k);
  for (int k = 0; k < INPUTS; ++k) {
    allocate(k);
    FILE *file = fopen(files[k], "rb");
    if (!file || fread(tensors[k].data, 1, get_bytes(k), file) != get_bytes(k))
      fail("cannot read", files[k]);
    fclose(file);
  }
  check(SHAPES(tensors, tensors + INPUTS));
  for (int k = INPUTS; k < COUNT; ++k) {
    allocate(k);
    memset(tensors[k].data, 0xff, get_bytes(k));
  }
  check(ENTRY(tensors, tensors + INPUTS));
  for (int k = INPUTS; k < COUNT; ++k) {
    for (int axis = 0; axis < tensors[k].rank; ++axis)
      printf("%lld ", (long long)shapes[k][axis]);
    printf("\n");
    FILE *file = fopen(files[k], "wb");
    if (!file || fwrite(tensors[k].data, 1, get_bytes(k), file) != get_bytes(k) || fclose(file))
      fail("cannot write", files[k]);
  }
  return 0;
}
