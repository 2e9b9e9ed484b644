/*
 * Whether a file can be what it is named for, when its name is given: certificates, a private key, and both of one pair.
 * What is in the file is not kept. NULL: it can; else why not, a static string without the file's name or content.
 */
#ifndef JIEBANG_PEM_H
#define JIEBANG_PEM_H

const char *pem_certificates_refusal(const char *path);
const char *pem_key_refusal(const char *path);
/* Both files were taken; the key must be the first certificate's. */
const char *pem_pair_refusal(const char *certificate_path, const char *key_path);

#endif
