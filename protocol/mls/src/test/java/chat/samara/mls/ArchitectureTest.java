package chat.samara.mls;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import chat.samara.mls.crypto.RandomSource;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The arrows of the design, as far as they concern this module (DESIGN §2, STYLE). */
class ArchitectureTest {
    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("chat.samara.mls");

    @Test
    @DisplayName("there is something to check")
    void importsTheModule() {
        classes().should().resideInAPackage("chat.samara.mls..").check(MAIN);
    }

    @Test
    @DisplayName("Bouncy Castle is used in one package")
    void bouncyCastleInOnePackage() {
        noClasses()
                .that()
                .resideOutsideOfPackage("chat.samara.mls.crypto.bouncycastle")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.bouncycastle..")
                .check(MAIN);
    }

    @Test
    @DisplayName("the package that uses Bouncy Castle is known to crypto only")
    void bouncyCastlePackageIsKnownToCryptoOnly() {
        noClasses()
                .that()
                .resideOutsideOfPackages("chat.samara.mls.crypto", "chat.samara.mls.crypto.bouncycastle")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("chat.samara.mls.crypto.bouncycastle")
                .check(MAIN);
    }

    @Test
    @DisplayName("Conscrypt is used in one package, which only crypto knows")
    void conscryptInOnePackage() {
        noClasses()
                .that()
                .resideOutsideOfPackage("chat.samara.mls.crypto.conscrypt")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.conscrypt..")
                .check(MAIN);
        noClasses()
                .that()
                .resideOutsideOfPackages("chat.samara.mls.crypto", "chat.samara.mls.crypto.conscrypt")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("chat.samara.mls.crypto.conscrypt")
                .check(MAIN);
    }

    @Test
    @DisplayName("no implementation of primitives knows another, nor what is built on them")
    void primitivesKnowNothingAbove() {
        for (String implementation : new String[] {"bouncycastle", "conscrypt", "primitive"}) {
            noClasses()
                    .that()
                    .resideInAPackage("chat.samara.mls.crypto." + implementation)
                    .should()
                    .dependOnClassesThat(resideInAPackage("chat.samara.mls..")
                            .and(not(resideInAnyPackage(
                                    "chat.samara.mls.crypto.primitive", "chat.samara.mls.crypto." + implementation))))
                    .check(MAIN);
        }
    }

    @Test
    @DisplayName("the library knows nothing of Samara, nor of any library but Bouncy Castle, Conscrypt and JSpecify")
    void knowsNothingElse() {
        DescribedPredicate<JavaClass> foreign = resideOutsideOfPackages(
                "java..",
                "javax.crypto..",
                "javax.security.auth.x500..",
                "chat.samara.mls..",
                "org.bouncycastle..",
                "org.conscrypt..",
                "org.jspecify..");
        noClasses().should().dependOnClassesThat(foreign).check(MAIN);
    }

    @Test
    @DisplayName("no threads, files or sockets")
    void noThreadsFilesOrSockets() {
        noClasses()
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage("java.io..", "java.net..", "java.nio.file..", "java.nio.channels..")
                                // How the JDK wants certificates: the stream is of bytes in memory.
                                .and(not(belongToAnyOf(InputStream.class, ByteArrayInputStream.class))))
                .orShould()
                .dependOnClassesThat(resideInAPackage("java.util.concurrent.."))
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(Thread.class)
                .check(MAIN);
    }

    @Test
    @DisplayName("time is handed in: nobody asks the system's clock")
    void timeIsHandedIn() {
        noClasses()
                .should()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(Instant.class, "now")
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(Clock.class)
                .check(MAIN);
    }

    @Test
    @DisplayName("randomness is handed in: RandomSource alone knows SecureRandom, nobody any other")
    void randomnessIsHandedIn() {
        noClasses()
                .that()
                .doNotBelongToAnyOf(RandomSource.class)
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(SecureRandom.class)
                .check(MAIN);
        noClasses()
                .should()
                .callMethod(Math.class, "random")
                .orShould()
                .callMethod(UUID.class, "randomUUID")
                .orShould()
                .dependOnClassesThat(new DescribedPredicate<>("are random generators other than SecureRandom") {
                    @Override
                    public boolean test(JavaClass type) {
                        return type.isAssignableTo(RandomGenerator.class) && !type.isEquivalentTo(SecureRandom.class);
                    }
                })
                .check(MAIN);
    }

    @Test
    @DisplayName("packages depend on each other without cycles")
    void noCycles() {
        slices().matching("chat.samara.mls.(*)..").should().beFreeOfCycles().check(MAIN);
    }

    @Test
    @DisplayName("a method is at most 70 lines long")
    void shortMethods() {
        methods().should(beAtMostLines(70)).check(MAIN);
    }

    private static ArchCondition<JavaMethod> beAtMostLines(int most) {
        return new ArchCondition<>("be at most " + most + " lines long") {
            @Override
            public void check(JavaMethod method, ConditionEvents events) {
                int first = Integer.MAX_VALUE;
                int last = Integer.MIN_VALUE;
                for (var access : method.getAccessesFromSelf()) {
                    first = Math.min(first, access.getLineNumber());
                    last = Math.max(last, access.getLineNumber());
                }
                if (last - first >= most) {
                    events.add(SimpleConditionEvent.violated(
                            method, method.getFullName() + " spans lines " + first + " to " + last));
                }
            }
        };
    }
}
