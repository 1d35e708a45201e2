"""What C's standard library and POSIX declare, as far as prose about code names it."""

import re

_NAMES = """
a64l abort abs accept access acct acos acosh addrinfo adjtime alarm alignas aligned_alloc alignof alloca alphasort
arc4random arc4random_buf arc4random_uniform argc argv asctime asin asinh asprintf assert at_quick_exit atan atan2
atanh atexit atof atoi atol atoll atomic_fetch_add atomic_int atomic_load atomic_store basename BC_BASE_MAX
BC_DIM_MAX BC_SCALE_MAX BC_STRING_MAX bcmp bcopy be16toh be32toh be64toh BIG_ENDIAN bind blkcnt_t blksize_t bool brk
bsearch btowc BUFSIZ BYTE_ORDER bzero c16rtomb c32rtomb cabs cacos cacosh caddr_t calloc carg casin casinh catan
catanh cbrt ccos ccosh ceil cexp cfmakeraw char16_t char32_t CHAR_BIT CHAR_MAX CHAR_MIN CHARCLASS_NAME_MAX chdir
chmod chown chroot cimag clearenv clearerr clock clock_gettime clock_settime clock_t clockid_t clog close closedir
closefrom closelog CMPLX CMPLXF CMPLXL cmsghdr cnd_t COLL_WEIGHTS_MAX complex confstr conj connect copysign cos cosh
cpow cproj cpu_set_t creal creat crypt csin csinh csqrt ctan ctanh ctermid ctime d_fileno daddr_t daemon DBL_DIG
DBL_EPSILON DBL_MAX DBL_MIN dev_t difftime DIR dirent dirfd dirname div div_t dlclose dlerror dlopen dlsym double_t
dprintf drand48 drand48_data drem dup dup2 duplocale E2BIG EACCES EADDRINUSE EADDRNOTAVAIL EADV EAFNOSUPPORT EAGAIN
EALREADY EBADE EBADF EBADFD EBADMSG EBADR EBADRQC EBADSLT EBFONT EBUSY ECANCELED ECHILD ECHRNG ECOMM ECONNABORTED
ECONNREFUSED ECONNRESET EDEADLK EDEADLOCK EDESTADDRREQ EDOM EDOTDOT EDQUOT EEXIST EFAULT EFBIG EHOSTDOWN
EHOSTUNREACH EHWPOISON EIDRM EILSEQ EINPROGRESS EINTR EINVAL EIO EISCONN EISDIR EISNAM EKEYEXPIRED EKEYREJECTED
EKEYREVOKED EL2HLT EL2NSYNC EL3HLT EL3RST ELIBACC ELIBBAD ELIBEXEC ELIBMAX ELIBSCN ELNRNG ELOOP EMEDIUMTYPE EMFILE
EMLINK EMSGSIZE EMULTIHOP ENAMETOOLONG ENAVAIL endgrent endhostent endnetent endnetgrent endprotoent endpwent
endservent endusershell ENETDOWN ENETRESET ENETUNREACH ENFILE ENOANO ENOBUFS ENOCSI ENODATA ENODEV ENOENT ENOEXEC
ENOKEY ENOLCK ENOLINK ENOMEDIUM ENOMEM ENOMSG ENONET ENOPKG ENOPROTOOPT ENOSPC ENOSR ENOSTR ENOSYS ENOTBLK ENOTCONN
ENOTDIR ENOTEMPTY ENOTNAM ENOTRECOVERABLE ENOTSOCK ENOTSUP ENOTTY ENOTUNIQ envp ENXIO EOF EOPNOTSUPP EOVERFLOW
EOWNERDEAD EPERM EPFNOSUPPORT EPIPE epoll_create epoll_create1 epoll_ctl epoll_event epoll_wait EPROTO
EPROTONOSUPPORT EPROTOTYPE erand48 ERANGE EREMCHG EREMOTE EREMOTEIO ERESTART erf erfc ERFKILL EROFS err errno errx
ESHUTDOWN ESOCKTNOSUPPORT ESPIPE ESRCH ESRMNT ESTALE ESTRPIPE ETIME ETIMEDOUT ETOOMANYREFS ETXTBSY EUCLEAN EUNATCH
EUSERS eventfd EWOULDBLOCK EXDEV execl execle execlp execv execve execvp EXFULL exit EXIT_FAILURE EXIT_SUCCESS exp
exp2 explicit_bzero expm1 EXPR_NEST_MAX fabs faccessat fchdir fchmod fchown fchownat fclose fcntl fd_mask fd_set
fdatasync fdim fdopen fdopendir feclearexcept fegetenv fegetexceptflag fegetround feholdexcept fenv_t feof
feraiseexcept ferror fesetenv fesetexceptflag fesetround fetestexcept feupdateenv fexcept_t fexecve fflush ffs ffsl
ffsll fgetc fgetgrent fgetpos fgetpwent fgets fgetwc fgetws FILE fileno finite float_t flock flockfile floor
FLT_EPSILON FLT_MAX FLT_MIN fma fmax fmemopen fmin fmod fnmatch fopen fork fpathconf fpclassify fpos_t fprintf fputc
fputs fputwc fputws fread free freeaddrinfo freelocale freopen frexp fsblkcnt_t fscanf fseek fseeko fsetpos
fsfilcnt_t fsid_t fstat fsync ftell ftello ftruncate ftrylockfile ftw funlockfile futimens futimes fwide fwprintf
fwrite fwscanf gai_strerror gamma gcvt getaddrinfo getc getchar getcwd getdelim getdirentries getdomainname
getdtablesize getegid getentropy getenv geteuid getgid getgrent getgrgid getgrnam getgrouplist getgroups
gethostbyaddr gethostbyname gethostbyname2 gethostent gethostid gethostname getitimer getline getloadavg getlogin
getnameinfo getnetbyaddr getnetbyname getnetent getnetgrent getopt getopt_long getopt_long_only getpagesize getpass
getpeername getpgid getpgrp getpid getppid getpriority getprotobyname getprotobynumber getprotoent getpwent getpwnam
getpwuid getrlimit getrusage getservbyname getservbyport getservent getsid getsockname getsockopt getsubopt
gettimeofday getuid getusershell getw getwc getwchar getwd gid_t glob glob_t globfree gmtime grantpt group gsignal
h_addr h_errno herror HOST_NAME_MAX HOST_NOT_FOUND hostent hstrerror htobe16 htobe32 htobe64 htole16 htole32 htole64
htonl htons HUGE_VAL HUGE_VALF HUGE_VALL hypot iconv iconv_close iconv_open iconv_t id_t idtype_t if_indextoname
if_nametoindex IFTODT ilogb imaxabs imaxdiv imaxdiv_t in6_addr in_addr in_addr_t in_port_t index inet_addr inet_ntoa
inet_ntop inet_pton INFINITY initgroups initstate innetgr ino_t int16_t int32_t int64_t int8_t INT_MAX INT_MIN
intmax_t intptr_t ioctl iovec isalnum isalpha isascii isatty isblank iscntrl isdigit isfinite isgraph isgreater
isgreaterequal isinf isless islessequal islessgreater islower isnan isnormal isprint ispunct isspace isunordered
isupper iswalnum iswalpha iswblank iswcntrl iswctype iswdigit iswgraph iswlower iswprint iswpunct iswspace iswupper
iswxdigit isxdigit ITIMER_PROF ITIMER_REAL ITIMER_VIRTUAL itimerval j0 j1 jmp_buf jn jrand48 key_t kill killpg l64a
L_ctermid L_tmpnam labs lchown lcong48 lconv LDBL_MAX ldexp ldiv ldiv_t le16toh le32toh le64toh lgamma linger link
linkat listen llabs lldiv lldiv_t LLONG_MAX LLONG_MIN llrint llround locale_t localeconv localtime lockf loff_t log
log10 log1p log2 logb LONG_MAX LONG_MIN longjmp lrand48 lrint lround lseek lstat lutimes madvise main malloc
math_errhandling max_align_t mblen mbrlen mbrtoc16 mbrtoc32 mbrtowc mbsinit mbsnrtowcs mbsrtowcs mbstate_t mbstowcs
mbtowc mcontext_t memccpy memchr memcmp memcpy memmove memory_order memset mincore mkdir mkdtemp mkfifo mkstemp
mkstemps mktemp mktime mlock mlockall mmap mode_t modf mprotect mrand48 msghdr msync mtx_lock mtx_t mtx_unlock
munlock munlockall munmap NAME_MAX NAN nan nanosleep nearbyint netent newlocale nextafter nexttoward nfds_t nftw
nice nl_langinfo nlink_t no_argument noreturn nrand48 ntohl ntohs NULL off_t offsetof on_exit open open_memstream
open_wmemstream openat opendir openlog option optional_argument P_tmpdir passwd PATH_MAX pathconf pause pclose
PDP_ENDIAN perror pid_t pipe PIPE_BUF poll pollfd popen posix_fadvise posix_fallocate posix_madvise posix_memalign
posix_openpt posix_spawn posix_spawnp pow pread printf PRIO_MIN PRIO_PGRP PRIO_PROCESS PRIO_USER profil protoent
pselect psiginfo psignal pthread_atfork pthread_attr_destroy pthread_attr_init pthread_attr_t
pthread_barrier_destroy pthread_barrier_init pthread_barrier_t pthread_barrier_wait pthread_barrierattr_destroy
pthread_barrierattr_getpshared pthread_barrierattr_init pthread_barrierattr_setpshared pthread_barrierattr_t
pthread_cancel pthread_cleanup_pop pthread_cleanup_push pthread_cond_broadcast pthread_cond_destroy
pthread_cond_init pthread_cond_signal pthread_cond_t pthread_cond_timedwait pthread_cond_wait
pthread_condattr_destroy pthread_condattr_getclock pthread_condattr_getpshared pthread_condattr_init
pthread_condattr_setclock pthread_condattr_setpshared pthread_condattr_t pthread_create pthread_detach pthread_equal
pthread_exit pthread_getconcurrency pthread_getcpuclockid pthread_getschedparam pthread_getspecific pthread_join
pthread_key_create pthread_key_delete pthread_key_t pthread_kill pthread_mutex_consistent pthread_mutex_destroy
pthread_mutex_getprioceiling pthread_mutex_init pthread_mutex_lock pthread_mutex_setprioceiling pthread_mutex_t
pthread_mutex_timedlock pthread_mutex_trylock pthread_mutex_unlock pthread_mutexattr_destroy
pthread_mutexattr_getprioceiling pthread_mutexattr_getprotocol pthread_mutexattr_getpshared
pthread_mutexattr_getrobust pthread_mutexattr_gettype pthread_mutexattr_init pthread_mutexattr_t pthread_once
pthread_once_t pthread_rwlock_destroy pthread_rwlock_init pthread_rwlock_rdlock pthread_rwlock_t
pthread_rwlock_timedrdlock pthread_rwlock_timedwrlock pthread_rwlock_tryrdlock pthread_rwlock_trywrlock
pthread_rwlock_unlock pthread_rwlock_wrlock pthread_self pthread_setcancelstate pthread_setcanceltype
pthread_setconcurrency pthread_setschedparam pthread_setschedprio pthread_setspecific pthread_sigmask
pthread_spin_destroy pthread_spin_init pthread_spin_lock pthread_spin_trylock pthread_spin_unlock pthread_spinlock_t
pthread_t pthread_testcancel ptrdiff_t ptsname putc putchar putenv putpwent puts putw putwc putwchar pwrite qsort
quad_t quick_exit raise rand RAND_MAX random random_data read readdir readlink readlinkat readv realloc reallocarray
realpath recv recvfrom recvmsg regcomp regerror regex_t regexec regfree register_t regmatch_t regoff_t remainder
remove remquo rename renameat required_argument revoke rewind rewinddir rindex rint rlim_t rlimit rmdir round rpcent
rpmatch rusage sa_handler sa_sigaction sbrk scalb scalbln scalbn scandir scanf SCHAR_MAX sched_get_priority_max
sched_get_priority_min sched_getparam sched_getscheduler sched_param sched_priority sched_rr_get_interval
sched_setparam sched_setscheduler sched_yield seed48 SEEK_CUR SEEK_END SEEK_SET seekdir select sem_close sem_destroy
sem_getvalue sem_init sem_open sem_post sem_t sem_timedwait sem_trywait sem_unlink sem_wait send sendmsg sendto
servent setbuf setbuffer setdomainname setegid setenv seteuid setgid setgrent setgroups sethostent sethostid
sethostname setitimer setjmp setlinebuf setlocale setlogin setlogmask setnetent setnetgrent setpgid setpgrp
setpriority setprotoent setpwent setregid setreuid setrlimit setservent setsid setsockopt setstate settimeofday
setuid setusershell setvbuf shm_open shm_unlink SHRT_MAX SHRT_MIN shutdown sig_atomic_t sig_t SIGABRT sigaction
sigaddset SIGALRM sigaltstack sigblock SIGBUS SIGCHLD SIGCLD SIGCONT sigcontext sigdelset sigemptyset
sigev_notify_attributes sigev_notify_function sigevent sigevent_t sigfillset SIGFPE siggetmask sighold SIGHUP
sigignore SIGILL siginfo_t SIGINT siginterrupt SIGIO SIGIOT sigismember sigjmp_buf SIGKILL siglongjmp sigmask signal
signbit significand sigpause sigpending SIGPIPE SIGPOLL sigprocmask SIGPROF SIGPWR sigqueue SIGQUIT sigrelse
sigreturn SIGRTMAX SIGRTMIN SIGSEGV sigset sigset_t sigsetjmp sigsetmask sigstack SIGSTKFLT SIGSTKSZ SIGSTOP
sigsuspend SIGSYS SIGTERM sigtimedwait SIGTRAP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGUSR1 SIGUSR2 sigval_t SIGVTALRM
sigwait sigwaitinfo SIGWINCH SIGXCPU SIGXFSZ sin sinh SIZE_MAX size_t sleep snprintf sockaddr sockaddr_in
sockaddr_in6 sockaddr_storage sockaddr_un socket socketpair socklen_t sprintf sqrt srand srand48 srandom sscanf
ssignal SSIZE_MAX ssize_t st_atime st_ctime st_mtime stack_t stat static_assert stderr STDERR_FILENO stdin
STDIN_FILENO stdout STDOUT_FILENO stpcpy stpncpy strcasecmp strcat strchr strcmp strcoll strcpy strcspn strdup
strerror strftime strlen strncasecmp strncat strncmp strncpy strndup strnlen strpbrk strptime strrchr strsep
strsignal strspn strstr strtod strtof strtoimax strtok strtol strtold strtoll strtoq strtoul strtoull strtoumax
strtouq strxfrm suseconds_t swab swprintf swscanf symlink symlinkat sync syscall sysconf syslog system tan tanh
tcgetattr tcgetpgrp tcsetattr tcsetpgrp telldir tempnam termios tgamma thrd_create thrd_join thrd_t time time_t
timer_t timeradd timerclear timercmp timerisset timersub timespec timeval timezone tm tmpfile tmpnam toascii tolower
toupper towctrans towlower towupper trunc truncate ttyname ttyslot tzset u_char u_int u_int16_t u_int32_t u_int64_t
u_int8_t u_long u_quad_t u_short ualarm UCHAR_MAX ucontext_t uid_t uint uint16_t uint32_t uint64_t uint8_t UINT_MAX
uintmax_t uintptr_t ULLONG_MAX ulong ULONG_MAX umask uname ungetc ungetwc unlink unlinkat unlockpt unsetenv
useconds_t uselocale ushort usleep utime UTIME_NOW UTIME_OMIT utimensat utimes utsname va_arg va_copy va_end va_list
va_start valloc vasprintf vdprintf verr verrx vfork vfprintf vfscanf vfwprintf vfwscanf vhangup vprintf vscanf
vsnprintf vsprintf vsscanf vswprintf vswscanf vsyslog vwarn vwarnx vwprintf vwscanf wait wait3 wait4 waitid waitpid
warn warnx wchar_t wcpcpy wcpncpy wcrtomb wcscasecmp wcscat wcschr wcscmp wcscoll wcscpy wcscspn wcsdup wcsftime
wcslen wcsncasecmp wcsncat wcsncmp wcsncpy wcsnlen wcsnrtombs wcspbrk wcsrchr wcsrtombs wcsspn wcsstr wcstod wcstof
wcstoimax wcstok wcstol wcstold wcstoll wcstombs wcstoul wcstoull wcstoumax wcswcs wcswidth wcsxfrm wctob wctomb
wctrans wctrans_t wctype wctype_t wcwidth winsize wint_t wmemchr wmemcmp wmemcpy wmemmove wmemset wordexp wprintf
write writev wscanf y0 y1 yn
"""
_IN_THREE_SIZES = """
acos acosh asin asinh atan atan2 atanh cabs cacos cacosh carg casin casinh catan catanh cbrt ccos ccosh ceil cexp
cimag clog conj copysign cos cosh cpow cproj creal csin csinh csqrt ctan ctanh drem erf erfc exp exp2 expm1 fabs
fdim finite floor fma fmax fmin fmod frexp gamma hypot ilogb isinf isnan j0 j1 jn ldexp lgamma llrint llround log
log10 log1p log2 logb lrint lround modf nan nearbyint nextafter nexttoward pow remainder remquo rint round scalb
scalbln scalbn significand sin sinh sqrt tan tanh tgamma trunc y0 y1 yn
"""
_HEADERS = """
assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg stdatomic
stdbool stddef stdint stdio stdlib stdnoreturn string tgmath threads time uchar wchar wctype aio arpa/inet dirent
dlfcn fcntl fnmatch ftw getopt glob grp iconv langinfo libgen net/if netdb netinet/in netinet/tcp poll pthread pwd
regex sched semaphore spawn strings sys/ioctl sys/mman sys/param sys/resource sys/select sys/socket sys/stat
sys/time sys/types sys/uio sys/un sys/utsname sys/wait syslog termios unistd utime wordexp alloca endian err malloc
memory sys/epoll sys/eventfd
"""
_FAMILIES = re.compile(
    r"(?:AF|PF|SOCK|SOL?|IPPROTO|INADDR|MSG|SHUT|TCP|AI|EAI|O|S|FD|F|PROT|MAP|MADV|CLOCK|PTHREAD|LC|RTLD|RLIMIT|SA)_[A-Z\d_]+"
    r"|E?POLL[A-Z]+|(?:PRI|SCN)[dioux](?:8|16|32|64|MAX|PTR)|U?INT(?:8|16|32|64|MAX|PTR)_(?:MAX|MIN|C)"
)

HEADERS = frozenset(f"{name}.h" for name in _HEADERS.split())
NAMES = frozenset(_NAMES.split()) | {f"{name}{size}" for name in _IN_THREE_SIZES.split() for size in ("", "f", "l")}


def in_c_library(name: str) -> bool:
    """Whether C's standard library or POSIX declares `name`: a function, type, macro or header, "std::" for C++."""
    if name in NAMES or name in HEADERS or name.startswith(("std::", "std.")):
        return True
    return bool(_FAMILIES.fullmatch(name))
