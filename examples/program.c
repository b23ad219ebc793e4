/* A program in C: transmission of a single level on up to 8 leads. cc -O2 -o program program.c */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Read the first number behind a key; brackets and the key "re" in between are skipped. */
static char *number(char *p, const char *key, double *out) {
    p = strstr(p, key) + strlen(key);
    *out = strtod(p + strspn(p, "\": [{re"), &p);
    return p;
}

int main(void) {
    static char line[1 << 20];
    while (fgets(line, sizeof line, stdin)) {
        double id, level, energy, gamma[8], half = 0, off;
        int leads = 0;
        number(line, "\"id", &id);
        if (strstr(line, "\"op\": \"describe\"")) {
            printf("{\"id\": %.0f, \"protocol\": \"electronwind/1\", \"name\": \"program.c\", "
                   "\"version\": \"1.0\", \"observables\": [\"transmission\"], \"limits\": {\"levels\": 1, "
                   "\"leads\": 8, \"chains\": false, \"batch\": false, \"lists\": false}}\n", id);
        } else {
            number(line, "\"hamiltonian", &level);
            number(line, "\"energy", &energy);
            off = energy - level;
            for (char *p = line; (p = strstr(p, "\"broadening")); half += gamma[leads++] / 2)
                p = number(p, "\"broadening", &gamma[leads]);
            printf("{\"id\": %.0f, \"value\": [", id);
            for (int a = 0; a < leads; a++) /* T[a,b] = Gamma_a Gamma_b / ((E - h)^2 + (Gamma/2)^2) */
                for (int b = 0; b < leads; b++)
                    printf("%s%.17g%s", b ? ", " : "[", gamma[a] * gamma[b] / (off * off + half * half),
                           b + 1 < leads ? "" : a + 1 < leads ? "], " : "]");
            puts("]}");
        }
        fflush(stdout);
    }
    return 0;
}
