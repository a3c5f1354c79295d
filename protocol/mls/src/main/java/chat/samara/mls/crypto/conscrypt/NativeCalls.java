package chat.samara.mls.crypto.conscrypt;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import org.conscrypt.Conscrypt;

/**
 * The few functions of Conscrypt's native library that are used, without its objects in between. What it offers to all keeps private keys and shared
 * secrets in arrays that nobody can overwrite, buffers each message once more, has no way to the public key of an X25519 private key, and frees native memory
 * by finalizers alone: those come late, and the garbage collector stops everybody for longer the more objects wait for theirs.
 *
 * <p>These are not promised to stay: another release of Conscrypt, or a later Java, may not have them. Then this class cannot be initialised, which is a
 * {@link LinkageError} like that of a library that cannot be loaded, and {@link NativeCurve25519#load} is refused.
 */
final class NativeCalls {
    private static final MethodHandle AGREE;
    private static final MethodHandle PRIVATE_KEY;
    private static final MethodHandle PUBLIC_KEY;
    private static final MethodHandle RAW_PUBLIC_KEY;
    private static final MethodHandle FREE_KEY;
    private static final MethodHandle KEY_REFERENCE;
    private static final MethodHandle CONTEXT;
    private static final MethodHandle CONTEXT_REFERENCE;
    private static final MethodHandle DESTROY_CONTEXT;
    private static final MethodHandle SIGN_INIT;
    private static final MethodHandle SIGN;
    private static final MethodHandle VERIFY_INIT;
    private static final MethodHandle VERIFY;
    private static final MethodHandle ADDRESS;
    private static final MethodHandle SET_ADDRESS;

    static {
        Conscrypt.checkAvailability();
        try {
            Class<?> library = Class.forName("org.conscrypt.NativeCrypto");
            Class<?> reference = Class.forName("org.conscrypt.NativeRef");
            Class<?> key = Class.forName("org.conscrypt.NativeRef$EVP_PKEY");
            Class<?> context = Class.forName("org.conscrypt.NativeRef$EVP_MD_CTX");
            MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(library, MethodHandles.lookup());
            AGREE = lookup.findStatic(library, "X25519", of(boolean.class, byte[].class, byte[].class, byte[].class));
            PRIVATE_KEY = lookup.findStatic(
                    library, "EVP_PKEY_from_raw_private_key", of(long.class, int.class, byte[].class));
            PUBLIC_KEY =
                    lookup.findStatic(library, "EVP_PKEY_from_raw_public_key", of(long.class, int.class, byte[].class));
            RAW_PUBLIC_KEY = lookup.findStatic(library, "EVP_PKEY_get_raw_public_key", of(byte[].class, key))
                    .asType(of(byte[].class, Object.class));
            FREE_KEY = lookup.findStatic(library, "EVP_PKEY_free", of(void.class, long.class));
            KEY_REFERENCE =
                    lookup.findConstructor(key, of(void.class, long.class)).asType(of(Object.class, long.class));
            CONTEXT = lookup.findStatic(library, "EVP_MD_CTX_create", of(long.class));
            CONTEXT_REFERENCE =
                    lookup.findConstructor(context, of(void.class, long.class)).asType(of(Object.class, long.class));
            DESTROY_CONTEXT = lookup.findStatic(library, "EVP_MD_CTX_destroy", of(void.class, long.class));
            MethodType init = of(long.class, Object.class, long.class, Object.class);
            SIGN_INIT = lookup.findStatic(library, "EVP_DigestSignInit", of(long.class, context, long.class, key))
                    .asType(init);
            VERIFY_INIT = lookup.findStatic(library, "EVP_DigestVerifyInit", of(long.class, context, long.class, key))
                    .asType(init);
            MethodType sign = of(byte[].class, context, byte[].class, int.class, int.class);
            SIGN = lookup.findStatic(library, "EVP_DigestSign", sign).asType(sign.changeParameterType(0, Object.class));
            MethodType verify =
                    of(boolean.class, context, byte[].class, int.class, int.class, byte[].class, int.class, int.class);
            VERIFY = lookup.findStatic(library, "EVP_DigestVerify", verify)
                    .asType(verify.changeParameterType(0, Object.class));
            Field address = reference.getDeclaredField("address");
            // It is final; its own class reads it in native code and in the finalizer only, where nobody has assumed
            // what it was.
            address.setAccessible(true);
            ADDRESS = lookup.unreflectGetter(address).asType(of(long.class, Object.class));
            SET_ADDRESS = lookup.unreflectSetter(address).asType(of(void.class, Object.class, long.class));
        } catch (ReflectiveOperationException | RuntimeException otherRelease) {
            throw new ExceptionInInitializerError(otherRelease);
        }
    }

    private NativeCalls() {}

    private static MethodType of(Class<?> result, Class<?>... parameters) {
        return MethodType.methodType(result, parameters);
    }

    /** Fills in the shared secret; false or an exception where there is none. */
    static boolean agree(byte[] shared, byte[] privateKey, byte[] publicKey) {
        try {
            return (boolean) AGREE.invokeExact(shared, privateKey, publicKey);
        } catch (Throwable refused) {
            throw refusal(refused);
        }
    }

    /** The address of a new key, which is to be freed. */
    static long privateKey(int algorithm, byte[] raw) {
        try {
            return (long) PRIVATE_KEY.invokeExact(algorithm, raw);
        } catch (Throwable refused) {
            throw refusal(refused);
        }
    }

    /** The address of a new key, which is to be freed. */
    static long publicKey(int algorithm, byte[] raw) {
        try {
            return (long) PUBLIC_KEY.invokeExact(algorithm, raw);
        } catch (Throwable refused) {
            throw refusal(refused);
        }
    }

    static byte[] rawPublicKey(Object key) {
        try {
            return (byte[]) RAW_PUBLIC_KEY.invokeExact(key);
        } catch (Throwable refused) {
            throw refusal(refused);
        }
    }

    /** Frees a key and overwrites it, if no context holds on to it; nothing for address 0. */
    static void freeKey(long address) {
        try {
            FREE_KEY.invokeExact(address);
        } catch (Throwable refused) {
            throw refusal(refused);
        }
    }

    /** The address of a new context, which is to be destroyed. */
    static long context() {
        try {
            return (long) CONTEXT.invokeExact();
        } catch (Throwable refused) {
            throw refusal(refused);
        }
    }

    /** Destroys a context, which lets go of its key; nothing for address 0. */
    static void destroyContext(long address) {
        try {
            DESTROY_CONTEXT.invokeExact(address);
        } catch (Throwable refused) {
            throw refusal(refused);
        }
    }

    /** Conscrypt's object for a key, which frees what it refers to when it is finalized. */
    static Object keyReference(long address) {
        try {
            return (Object) KEY_REFERENCE.invokeExact(address);
        } catch (Throwable refused) {
            throw refusal(refused);
        }
    }

    /** Conscrypt's object for a context, which destroys what it refers to when it is finalized. */
    static Object contextReference(long address) {
        try {
            return (Object) CONTEXT_REFERENCE.invokeExact(address);
        } catch (Throwable refused) {
            throw refusal(refused);
        }
    }

    static long address(Object reference) {
        try {
            return (long) ADDRESS.invokeExact(reference);
        } catch (Throwable refused) {
            throw refusal(refused);
        }
    }

    /** What the reference was for is the caller's to free; with address 0 it is for nothing, and its finalizer does nothing. */
    static void pointTo(Object reference, long address) {
        try {
            SET_ADDRESS.invokeExact(reference, address);
        } catch (Throwable refused) {
            throw refusal(refused);
        }
    }

    static void initSigning(Object context, Object key) {
        try {
            long unused = (long) SIGN_INIT.invokeExact(context, 0L, key);
        } catch (Throwable refused) {
            throw refusal(refused);
        }
    }

    static void initVerifying(Object context, Object key) {
        try {
            long unused = (long) VERIFY_INIT.invokeExact(context, 0L, key);
        } catch (Throwable refused) {
            throw refusal(refused);
        }
    }

    static byte[] sign(Object context, byte[] message) {
        try {
            return (byte[]) SIGN.invokeExact(context, message, 0, message.length);
        } catch (Throwable refused) {
            throw refusal(refused);
        }
    }

    static boolean verify(Object context, byte[] signature, byte[] message) {
        try {
            return (boolean) VERIFY.invokeExact(context, signature, 0, signature.length, message, 0, message.length);
        } catch (Throwable refused) {
            throw refusal(refused);
        }
    }

    /** An unchecked exception, whatever was thrown; an error as it is. */
    private static IllegalStateException refusal(Throwable refused) {
        if (refused instanceof Error error) {
            throw error;
        }
        return new IllegalStateException("refused by BoringSSL", refused);
    }
}
