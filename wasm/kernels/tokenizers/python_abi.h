/* The part of CPython's stable ABI (3.11 and later) that module.c uses.
 *
 * Written out here because CPython's own headers need those of the target's libc, which a build without an Emscripten
 * SDK does not have. Names and layouts are those of https://docs.python.org/3/c-api/stable.html. */
#ifndef WARDIAN_PYTHON_ABI_H
#define WARDIAN_PYTHON_ABI_H

#include "common.h"

typedef __PTRDIFF_TYPE__ Py_ssize_t;
typedef struct _typeobject PyTypeObject;

typedef struct {
    Py_ssize_t reference_count;
    PyTypeObject *type;
} PyObject;

static inline PyTypeObject *Py_TYPE(PyObject *object) { return object->type; }

typedef PyObject *(*PyCFunction)(PyObject *self, PyObject *argument);
typedef PyObject *(*PyCFunctionFast)(PyObject *self, PyObject *const *arguments, Py_ssize_t count);

typedef struct {
    const char *name;
    void *function;
    int flags;
    const char *doc;
} PyMethodDef;

typedef struct {
    int slot;
    void *value;
} PyType_Slot;

typedef struct {
    const char *name;
    int basic_size, item_size;
    unsigned int flags;
    PyType_Slot *slots;
} PyType_Spec;

typedef struct {
    PyObject base;
    PyObject *(*init)(void);
    Py_ssize_t index;
    PyObject *copy;
} PyModuleDef_Base;

typedef struct {
    int slot;
    void *value;
} PyModuleDef_Slot;

typedef struct {
    PyModuleDef_Base base;
    const char *name, *doc;
    Py_ssize_t size;
    PyMethodDef *methods;
    PyModuleDef_Slot *slots;
    void *traverse, *clear, *free;
} PyModuleDef;

enum { METH_O = 0x0008, METH_NOARGS = 0x0004, METH_FASTCALL = 0x0080 };
enum { Py_tp_dealloc = 52, Py_tp_doc = 56, Py_tp_methods = 64, Py_tp_new = 65, Py_tp_free = 74 };
enum { Py_mod_exec = 2 };
enum { Py_TPFLAGS_DEFAULT = 1 << 18 };
enum { Py_TPFLAGS_BYTES_SUBCLASS = 1 << 27, Py_TPFLAGS_UNICODE_SUBCLASS = 1 << 28, Py_TPFLAGS_LIST_SUBCLASS = 1 << 25 };

extern PyObject *PyExc_MemoryError, *PyExc_ValueError, *PyExc_TypeError, *PyExc_OverflowError, *PyExc_LookupError,
    *PyExc_UnicodeError;

/* `None` is an object of this name in the interpreter. */
extern PyObject _Py_NoneStruct;
#define Py_None (&_Py_NoneStruct)

void Py_IncRef(PyObject *object);
void Py_DecRef(PyObject *object);

PyObject *PyModuleDef_Init(PyModuleDef *definition);
int PyModule_AddType(PyObject *module, PyTypeObject *type);
PyObject *PyType_FromSpec(PyType_Spec *spec);
unsigned long PyType_GetFlags(PyTypeObject *type);
void *PyType_GetSlot(PyTypeObject *type, int slot);
PyObject *PyType_GenericAlloc(PyTypeObject *type, Py_ssize_t items);
void PyObject_Free(void *memory);

void PyErr_SetString(PyObject *type, const char *message);
PyObject *PyErr_NoMemory(void);
PyObject *PyErr_Occurred(void);

PyObject *PyBytes_FromStringAndSize(const char *bytes, Py_ssize_t size);
int PyBytes_AsStringAndSize(PyObject *object, char **bytes, Py_ssize_t *size);
PyObject *PyByteArray_FromStringAndSize(const char *bytes, Py_ssize_t size);
char *PyByteArray_AsString(PyObject *object);
Py_ssize_t PyTuple_Size(PyObject *tuple);
PyObject *PyTuple_GetItem(PyObject *tuple, Py_ssize_t index);
PyObject *PyTuple_New(Py_ssize_t size);
int PyTuple_SetItem(PyObject *tuple, Py_ssize_t index, PyObject *stolen);
Py_ssize_t PyList_Size(PyObject *list);
PyObject *PyList_GetItem(PyObject *list, Py_ssize_t index);
PyObject *PyList_New(Py_ssize_t size);
int PyList_SetItem(PyObject *list, Py_ssize_t index, PyObject *stolen);
PyObject *PyDict_New(void);
int PyDict_SetItem(PyObject *dict, PyObject *key, PyObject *value);
PyObject *PyLong_FromLong(long value);
long PyLong_AsLong(PyObject *object);
Py_ssize_t PyUnicode_GetLength(PyObject *text);
u32 *PyUnicode_AsUCS4(PyObject *text, u32 *buffer, Py_ssize_t size, int terminate);
const char *PyUnicode_AsUTF8AndSize(PyObject *text, Py_ssize_t *size);
PyObject *PyUnicode_DecodeUTF8(const char *bytes, Py_ssize_t size, const char *errors);

#endif
