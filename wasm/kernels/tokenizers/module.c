/* The extension module `wardian_kernels.tokenizers`: the only file that knows Python. */
#include "encode.h"
#include "python_abi.h"

typedef struct {
    PyObject base;
    PyObject *blob; /* keeps the bytes alive that the kernel reads */
    void *copy;     /* of the blob, where its bytes do not lie at a multiple of 8 */
    u32 *text;
    u32 capacity;
    Kernel kernel;
} KernelObject;

static PyObject *raise(Status status) {
    switch (status) {
        case NO_MEMORY: return PyErr_NoMemory();
        case BAD_BLOB: PyErr_SetString(PyExc_ValueError, "the prepared tokenizer is damaged or of another version"); break;
        case TOO_LONG: PyErr_SetString(PyExc_OverflowError, "the text is too long"); break;
        case TOO_COMPLEX: PyErr_SetString(PyExc_ValueError, "a pattern of the tokenizer takes too many steps on this text"); break;
        default: PyErr_SetString(PyExc_LookupError, "the vocabulary has no token for something in this text, and none for the unknown"); break;
    }
    return NULL;
}

static int is_kind(PyObject *object, unsigned long kind) { return (PyType_GetFlags(Py_TYPE(object)) & kind) != 0; }

static PyObject *none(void) {
    Py_IncRef(Py_None);
    return Py_None;
}

static Status open_blob(KernelObject *self, const char *bytes, Py_ssize_t size) {
    if (((usize)bytes & 7) != 0) {
        self->copy = malloc((usize)size);
        if (self->copy == NULL) return NO_MEMORY;
        memcpy(self->copy, bytes, (usize)size);
        bytes = self->copy;
    }
    return kernel_open(&self->kernel, bytes, (usize)size);
}

static PyObject *kernel_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords) {
    char *bytes;
    Py_ssize_t size;
    (void)keywords;
    if (PyTuple_Size(arguments) != 1 || !is_kind(PyTuple_GetItem(arguments, 0), Py_TPFLAGS_BYTES_SUBCLASS)) {
        PyErr_SetString(PyExc_TypeError, "Kernel takes one argument: a prepared tokenizer as bytes");
        return NULL;
    }
    PyObject *blob = PyTuple_GetItem(arguments, 0);
    if (PyBytes_AsStringAndSize(blob, &bytes, &size) < 0) return NULL;
    KernelObject *self = (KernelObject *)PyType_GenericAlloc(type, 0); /* filled with zeros */
    if (self == NULL) return NULL;
    Py_IncRef(blob);
    self->blob = blob;
    Status status = open_blob(self, bytes, size);
    if (status == OK) return &self->base;
    Py_DecRef(&self->base);
    return raise(status);
}

static void kernel_dealloc(PyObject *object) {
    KernelObject *self = (KernelObject *)object;
    PyTypeObject *type = Py_TYPE(object);
    kernel_close(&self->kernel);
    free(self->copy);
    free(self->text);
    if (self->blob != NULL) Py_DecRef(self->blob);
    ((void (*)(void *))PyType_GetSlot(type, Py_tp_free))(object);
    Py_DecRef((PyObject *)type);
}

/* {number of a token: its spelling}, or None when every spelling is the vocabulary's. */
static PyObject *surfaces(const Words *list) {
    if (list->length == 0) return none();
    PyObject *found = PyDict_New();
    for (u32 i = 0; found != NULL && i < list->length; i += 2 + list->items[i + 1]) {
        int order = -1; /* little-endian, so that a first U+FEFF is a character */
        PyObject *key = PyLong_FromLong((long)list->items[i]);
        PyObject *value = PyUnicode_DecodeUTF32((const char *)(list->items + i + 2), 4 * (Py_ssize_t)list->items[i + 1],
                                                "surrogatepass", &order);
        if (key == NULL || value == NULL || PyDict_SetItem(found, key, value) < 0) {
            Py_DecRef(found);
            found = NULL;
        }
        if (key != NULL) Py_DecRef(key);
        if (value != NULL) Py_DecRef(value);
    }
    return found;
}

static PyObject *columns(const Encoded *encoded) {
    usize size = (usize)encoded->length * sizeof(i32);
    PyObject *result = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(COLUMNS * size));
    char *to;
    Py_ssize_t written;
    if (result == NULL || PyBytes_AsStringAndSize(result, &to, &written) < 0) return NULL;
    for (u32 i = 0; i < COLUMNS && size > 0; i++) memcpy(to + i * size, encoded->columns[i], size);
    return result;
}

static PyObject *encode(KernelObject *self, PyObject *text, u32 limit) {
    if (!is_kind(text, Py_TPFLAGS_UNICODE_SUBCLASS)) {
        PyErr_SetString(PyExc_TypeError, "a text must be str");
        return NULL;
    }
    Py_ssize_t length = PyUnicode_GetLength(text);
    if (length < 0) return NULL;
    if (length > 1 << 28) return raise(TOO_LONG);
    Status status = grow((void **)&self->text, &self->capacity, (u32)length, sizeof *self->text);
    if (status != OK) return raise(status);
    if (length > 0 && PyUnicode_AsUCS4(text, self->text, length, 0) == NULL) return NULL;
    status = kernel_encode(&self->kernel, self->text, (u32)length, limit);
    if (status != OK) return raise(status);
    PyObject *result = PyTuple_New(2), *first = columns(&self->kernel.encoded);
    PyObject *second = first == NULL ? NULL : surfaces(&self->kernel.encoded.surfaces);
    if (result != NULL && first != NULL && second != NULL) {
        PyTuple_SetItem(result, 0, first);
        PyTuple_SetItem(result, 1, second);
        return result;
    }
    if (result != NULL) Py_DecRef(result);
    if (first != NULL) Py_DecRef(first);
    if (second != NULL) Py_DecRef(second);
    return NULL;
}

/* The optional second argument: a number of tokens, None for all. -1 when it is something else. */
static int read_limit(PyObject *const *arguments, Py_ssize_t count, u32 *limit) {
    *limit = ABSENT;
    if (count < 1 || count > 2) {
        PyErr_SetString(PyExc_TypeError, "one or two arguments are expected: the text, and how many tokens are wanted");
        return -1;
    }
    if (count == 1 || arguments[1] == Py_None) return 0;
    long value = PyLong_AsLong(arguments[1]);
    if (value == -1 && PyErr_Occurred() != NULL) return -1;
    if (value < 0) {
        PyErr_SetString(PyExc_ValueError, "the number of tokens may not be negative");
        return -1;
    }
    if ((u64)value < ABSENT) *limit = (u32)value;
    return 0;
}

static PyObject *kernel_encode_method(PyObject *object, PyObject *const *arguments, Py_ssize_t count) {
    u32 limit;
    if (read_limit(arguments, count, &limit) < 0) return NULL;
    return encode((KernelObject *)object, arguments[0], limit);
}

static PyObject *kernel_encode_many(PyObject *object, PyObject *const *arguments, Py_ssize_t count) {
    u32 limit;
    if (read_limit(arguments, count, &limit) < 0) return NULL;
    if (!is_kind(arguments[0], Py_TPFLAGS_LIST_SUBCLASS)) {
        PyErr_SetString(PyExc_TypeError, "texts must be a list");
        return NULL;
    }
    Py_ssize_t texts = PyList_Size(arguments[0]);
    PyObject *result = PyList_New(texts);
    for (Py_ssize_t i = 0; result != NULL && i < texts; i++) {
        PyObject *one = encode((KernelObject *)object, PyList_GetItem(arguments[0], i), limit);
        if (one == NULL) {
            Py_DecRef(result);
            return NULL;
        }
        PyList_SetItem(result, i, one);
    }
    return result;
}

static PyObject *spelling(const Vocabulary *vocabulary, u32 place) {
    const u8 *string;
    u32 length = vocabulary_string(vocabulary, place, &string);
    return PyUnicode_DecodeUTF8((const char *)string, (Py_ssize_t)length, "replace");
}

static PyObject *kernel_token(PyObject *object, PyObject *argument) {
    const Vocabulary *vocabulary = &((KernelObject *)object)->kernel.model.vocabulary;
    long id = PyLong_AsLong(argument);
    if (id == -1 && PyErr_Occurred() != NULL) return NULL;
    u32 place = id < 0 || id > 0x7FFFFFFF ? ABSENT : vocabulary_place(vocabulary, (u32)id);
    return place == ABSENT ? none() : spelling(vocabulary, place);
}

static PyObject *kernel_id(PyObject *object, PyObject *argument) {
    Py_ssize_t length;
    if (!is_kind(argument, Py_TPFLAGS_UNICODE_SUBCLASS)) {
        PyErr_SetString(PyExc_TypeError, "a token must be str");
        return NULL;
    }
    const char *string = PyUnicode_AsUTF8AndSize(argument, &length);
    if (string == NULL) return NULL;
    u32 id = length > 0x7FFFFFFF ? ABSENT
                                 : vocabulary_id(&((KernelObject *)object)->kernel.model.vocabulary, (const u8 *)string, (u32)length);
    return id == ABSENT ? none() : PyLong_FromLong((long)id);
}

static PyObject *kernel_vocabulary(PyObject *object, PyObject *argument) {
    const Vocabulary *vocabulary = &((KernelObject *)object)->kernel.model.vocabulary;
    PyObject *found = PyDict_New();
    (void)argument;
    for (u32 i = 0; found != NULL && i < vocabulary->count; i++) {
        PyObject *key = spelling(vocabulary, i), *value = PyLong_FromLong((long)vocabulary->ids[i]);
        if (key == NULL || value == NULL || PyDict_SetItem(found, key, value) < 0) {
            Py_DecRef(found);
            found = NULL;
        }
        if (key != NULL) Py_DecRef(key);
        if (value != NULL) Py_DecRef(value);
    }
    return found;
}

static PyObject *kernel_config(PyObject *object, PyObject *argument) {
    const u8 *bytes;
    u32 size;
    (void)argument;
    Status status = blob_optional(&((KernelObject *)object)->kernel.blob, SECTION_CONFIG, 1, (const void **)&bytes, &size);
    if (status != OK) return raise(status);
    return PyBytes_FromStringAndSize((const char *)bytes, (Py_ssize_t)size);
}

static PyMethodDef METHODS[] = {
    {"encode", (void *)kernel_encode_method, METH_FASTCALL,
     "encode(text, limit=None) -> (int32 (4, tokens) as bytes: ids, starts, ends, words; {token: spelling} or None)"},
    {"encode_many", (void *)kernel_encode_many, METH_FASTCALL, "encode_many(texts, limit=None) -> list of what encode gives"},
    {"token", (void *)kernel_token, METH_O, "token(id) -> its spelling in the vocabulary, or None"},
    {"id", (void *)kernel_id, METH_O, "id(token) -> its id in the vocabulary, or None"},
    {"vocabulary", (void *)kernel_vocabulary, METH_NOARGS, "vocabulary() -> {token: id}, by ascending ids"},
    {"config", (void *)kernel_config, METH_NOARGS, "config() -> the rest of tokenizer.json, as bytes"},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot KERNEL_SLOTS[] = {
    {Py_tp_new, (void *)kernel_new},
    {Py_tp_dealloc, (void *)kernel_dealloc},
    {Py_tp_methods, METHODS},
    {Py_tp_doc, "Kernel(blob: bytes): a prepared tokenizer (wardian.tokenizers.prepare), ready to encode."},
    {0, NULL},
};

static PyType_Spec KERNEL_SPEC = {"wardian_kernels.tokenizers.Kernel", sizeof(KernelObject), 0, Py_TPFLAGS_DEFAULT, KERNEL_SLOTS};

static int module_exec(PyObject *module) {
    PyObject *type = PyType_FromSpec(&KERNEL_SPEC);
    if (type == NULL) return -1;
    int result = PyModule_AddType(module, (PyTypeObject *)type);
    Py_DecRef(type);
    return result;
}

static PyModuleDef_Slot MODULE_SLOTS[] = {{Py_mod_exec, (void *)module_exec}, {0, NULL}};

static PyModuleDef MODULE = {
    .base = {.base = {.reference_count = 1}},
    .name = "tokenizers",
    .doc = "Tokenizers in C over a prepared form that is read where it lies.",
    .slots = MODULE_SLOTS,
};

__attribute__((visibility("default"))) PyObject *PyInit_tokenizers(void) { return PyModuleDef_Init(&MODULE); }
