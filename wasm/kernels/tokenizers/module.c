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
        case HALF_PAIR: PyErr_SetString(PyExc_UnicodeError, "the text has half of a surrogate pair"); break;
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

/* The ids as int64, which is what models take. */
static PyObject *ids(const Encoded *encoded) {
    PyObject *result = PyByteArray_FromStringAndSize(NULL, (Py_ssize_t)encoded->length * (Py_ssize_t)sizeof(i64));
    if (result == NULL) return NULL;
    i64 *to = (i64 *)(void *)PyByteArray_AsString(result);
    for (u32 i = 0; i < encoded->length; i++) to[i] = encoded->columns[IDS][i];
    return result;
}

/* Starts, ends and words, one column after the other. */
static PyObject *places(const Encoded *encoded) {
    usize size = (usize)encoded->length * sizeof(i32);
    PyObject *result = PyByteArray_FromStringAndSize(NULL, (Py_ssize_t)((COLUMNS - STARTS) * size));
    if (result == NULL) return NULL;
    char *to = PyByteArray_AsString(result);
    for (u32 i = STARTS; i < COLUMNS && size > 0; i++, to += size) memcpy(to, encoded->columns[i], size);
    return result;
}

/* Half of a surrogate pair stands for no character. (Without an early end, so that the loop takes several at once.) */
static int has_half_pair(const u32 *text, u32 length) {
    u32 found = 0;
    for (u32 i = 0; i < length; i++) found |= (text[i] & 0xFFFFF800) == 0xD800;
    return found != 0;
}

/* Encode one text behind those before: 0, or -1 with an exception. */
static int encode_text(KernelObject *self, PyObject *text, u32 limit) {
    if (!is_kind(text, Py_TPFLAGS_UNICODE_SUBCLASS)) {
        PyErr_SetString(PyExc_TypeError, "a text must be str");
        return -1;
    }
    Py_ssize_t length = PyUnicode_GetLength(text);
    if (length < 0) return -1;
    Status status = length > 1 << 28 ? TOO_LONG : grow((void **)&self->text, &self->capacity, (u32)length, sizeof *self->text);
    if (status == OK && length > 0 && PyUnicode_AsUCS4(text, self->text, length, 0) == NULL) return -1;
    if (status == OK && has_half_pair(self->text, (u32)length)) status = HALF_PAIR;
    if (status == OK) status = kernel_encode(&self->kernel, self->text, (u32)length, limit);
    if (status != OK) raise(status);
    return status == OK ? 0 : -1;
}

/* Take the spellings of a text, whose tokens begin at `first`, out of the kernel into `spelled`, packed as they are: 0, or
 * -1. Few callers ever look at them. */
static int take_surfaces(KernelObject *self, Py_ssize_t text, u32 first, PyObject *spelled) {
    Words *list = &self->kernel.encoded.surfaces;
    if (list->length == 0) return 0;
    for (u32 i = 0; i < list->length; i += 2 + list->items[i + 1]) list->items[i] -= first;
    PyObject *key = PyLong_FromLong((long)text);
    PyObject *value = PyBytes_FromStringAndSize((const char *)list->items, (Py_ssize_t)(list->length * sizeof *list->items));
    int done = key == NULL || value == NULL ? -1 : PyDict_SetItem(spelled, key, value);
    if (key != NULL) Py_DecRef(key);
    if (value != NULL) Py_DecRef(value);
    list->length = 0;
    return done;
}

/* Encode all texts into self->kernel.encoded, and write where the tokens of each end: 0, or -1. (The list of texts
 * cannot become shorter meanwhile: nothing here runs Python code.) */
static int encode_texts(KernelObject *self, PyObject *texts, u32 limit, PyObject *ends, PyObject *spelled) {
    Py_ssize_t count = PyList_Size(texts);
    kernel_clear(&self->kernel);
    for (Py_ssize_t i = 0; i < count; i++) {
        u32 first = self->kernel.encoded.length;
        if (encode_text(self, PyList_GetItem(texts, i), limit) < 0 || take_surfaces(self, i, first, spelled) < 0) return -1;
        PyObject *end = PyLong_FromLong((long)self->kernel.encoded.length);
        if (end == NULL) return -1;
        PyList_SetItem(ends, i, end);
    }
    return 0;
}

/* The optional second argument: a number of tokens, None for all. -1 when it is something else. */
static int read_limit(PyObject *const *arguments, Py_ssize_t count, u32 *limit) {
    *limit = ABSENT;
    if (count < 1 || count > 2) {
        PyErr_SetString(PyExc_TypeError, "one or two arguments are expected: the texts, and how many tokens are wanted of each");
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
    KernelObject *self = (KernelObject *)object;
    u32 limit;
    if (read_limit(arguments, count, &limit) < 0) return NULL;
    if (!is_kind(arguments[0], Py_TPFLAGS_LIST_SUBCLASS)) {
        PyErr_SetString(PyExc_TypeError, "texts must be a list");
        return NULL;
    }
    const Encoded *encoded = &self->kernel.encoded;
    PyObject *parts[] = {NULL, NULL, PyList_New(PyList_Size(arguments[0])), PyDict_New()};
    PyObject *result = parts[2] == NULL || parts[3] == NULL ? NULL : PyTuple_New(4);
    if (result != NULL && encode_texts(self, arguments[0], limit, parts[2], parts[3]) == 0)
        parts[0] = ids(encoded), parts[1] = places(encoded);
    int complete = result != NULL && parts[0] != NULL && parts[1] != NULL;
    for (int i = 0; i < 4; i++) {
        if (complete) PyTuple_SetItem(result, i, parts[i]);
        else if (parts[i] != NULL) Py_DecRef(parts[i]);
    }
    if (complete || result == NULL) return result;
    Py_DecRef(result);
    return NULL;
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
     "encode(texts, limit=None) -> of all texts' tokens in a row: ids (int64), places (int32 (3, tokens): starts, ends, words),\n"
     "where each text's tokens end, and {text: spellings} where these are not the vocabulary's: of each such token u32 number,\n"
     "length, and characters"},
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
