"""Which time zones a phone number may be in, by its country's calling code (ITU-T E.164; IANA names)."""

from functools import cache, lru_cache

from omnibound.domain.number import number_key

_TABLE = """
1 America/St_Johns America/Halifax America/New_York America/Chicago America/Denver America/Los_Angeles
1 America/Anchorage Pacific/Honolulu
1242 America/Nassau
1246 America/Barbados
1671 Pacific/Guam
1684 Pacific/Pago_Pago
1787 America/Puerto_Rico
1809 America/Santo_Domingo
1829 America/Santo_Domingo
1849 America/Santo_Domingo
1868 America/Port_of_Spain
1876 America/Jamaica
1907 America/Anchorage
1808 Pacific/Honolulu
1939 America/Puerto_Rico
20 Africa/Cairo
211 Africa/Juba
212 Africa/Casablanca
213 Africa/Algiers
216 Africa/Tunis
218 Africa/Tripoli
220 Africa/Banjul
221 Africa/Dakar
222 Africa/Nouakchott
223 Africa/Bamako
224 Africa/Conakry
225 Africa/Abidjan
226 Africa/Ouagadougou
227 Africa/Niamey
228 Africa/Lome
229 Africa/Porto-Novo
230 Indian/Mauritius
231 Africa/Monrovia
232 Africa/Freetown
233 Africa/Accra
234 Africa/Lagos
235 Africa/Ndjamena
236 Africa/Bangui
237 Africa/Douala
238 Atlantic/Cape_Verde
239 Africa/Sao_Tome
240 Africa/Malabo
241 Africa/Libreville
242 Africa/Brazzaville
243 Africa/Kinshasa Africa/Lubumbashi
244 Africa/Luanda
245 Africa/Bissau
248 Indian/Mahe
249 Africa/Khartoum
250 Africa/Kigali
251 Africa/Addis_Ababa
252 Africa/Mogadishu
253 Africa/Djibouti
254 Africa/Nairobi
255 Africa/Dar_es_Salaam
256 Africa/Kampala
257 Africa/Bujumbura
258 Africa/Maputo
260 Africa/Lusaka
261 Indian/Antananarivo
262 Indian/Reunion
263 Africa/Harare
264 Africa/Windhoek
265 Africa/Blantyre
266 Africa/Maseru
267 Africa/Gaborone
268 Africa/Mbabane
269 Indian/Comoro
27 Africa/Johannesburg
291 Africa/Asmara
297 America/Aruba
298 Atlantic/Faroe
299 America/Nuuk
30 Europe/Athens
31 Europe/Amsterdam
32 Europe/Brussels
33 Europe/Paris
34 Europe/Madrid Atlantic/Canary
350 Europe/Gibraltar
351 Europe/Lisbon Atlantic/Azores
352 Europe/Luxembourg
353 Europe/Dublin
354 Atlantic/Reykjavik
355 Europe/Tirane
356 Europe/Malta
357 Asia/Nicosia
358 Europe/Helsinki
359 Europe/Sofia
36 Europe/Budapest
370 Europe/Vilnius
371 Europe/Riga
372 Europe/Tallinn
373 Europe/Chisinau
374 Asia/Yerevan
375 Europe/Minsk
376 Europe/Andorra
377 Europe/Monaco
378 Europe/San_Marino
380 Europe/Kyiv
381 Europe/Belgrade
382 Europe/Podgorica
383 Europe/Belgrade
385 Europe/Zagreb
386 Europe/Ljubljana
387 Europe/Sarajevo
389 Europe/Skopje
39 Europe/Rome
40 Europe/Bucharest
41 Europe/Zurich
420 Europe/Prague
421 Europe/Bratislava
423 Europe/Vaduz
43 Europe/Vienna
44 Europe/London
45 Europe/Copenhagen
46 Europe/Stockholm
47 Europe/Oslo
48 Europe/Warsaw
49 Europe/Berlin
501 America/Belize
502 America/Guatemala
503 America/El_Salvador
504 America/Tegucigalpa
505 America/Managua
506 America/Costa_Rica
507 America/Panama
509 America/Port-au-Prince
51 America/Lima
52 America/Mexico_City America/Cancun America/Hermosillo America/Tijuana
53 America/Havana
54 America/Argentina/Buenos_Aires
55 America/Noronha America/Sao_Paulo America/Manaus America/Rio_Branco
56 America/Santiago America/Punta_Arenas Pacific/Easter
57 America/Bogota
58 America/Caracas
590 America/Guadeloupe
591 America/La_Paz
592 America/Guyana
593 America/Guayaquil Pacific/Galapagos
594 America/Cayenne
595 America/Asuncion
596 America/Martinique
597 America/Paramaribo
598 America/Montevideo
599 America/Curacao
60 Asia/Kuala_Lumpur
61 Australia/Sydney Australia/Brisbane Australia/Adelaide Australia/Darwin Australia/Perth
62 Asia/Jakarta Asia/Makassar Asia/Jayapura
63 Asia/Manila
64 Pacific/Auckland
65 Asia/Singapore
66 Asia/Bangkok
670 Asia/Dili
673 Asia/Brunei
675 Pacific/Port_Moresby
676 Pacific/Tongatapu
677 Pacific/Guadalcanal
678 Pacific/Efate
679 Pacific/Fiji
685 Pacific/Apia
687 Pacific/Noumea
689 Pacific/Tahiti
7 Europe/Kaliningrad Europe/Moscow Europe/Samara Asia/Yekaterinburg Asia/Omsk Asia/Novosibirsk Asia/Irkutsk
7 Asia/Yakutsk Asia/Vladivostok Asia/Magadan Asia/Kamchatka Asia/Almaty
77 Asia/Almaty
81 Asia/Tokyo
82 Asia/Seoul
84 Asia/Ho_Chi_Minh
850 Asia/Pyongyang
852 Asia/Hong_Kong
853 Asia/Macau
855 Asia/Phnom_Penh
856 Asia/Vientiane
86 Asia/Shanghai
880 Asia/Dhaka
886 Asia/Taipei
90 Europe/Istanbul
91 Asia/Kolkata
92 Asia/Karachi
93 Asia/Kabul
94 Asia/Colombo
95 Asia/Yangon
960 Indian/Maldives
961 Asia/Beirut
962 Asia/Amman
963 Asia/Damascus
964 Asia/Baghdad
965 Asia/Kuwait
966 Asia/Riyadh
967 Asia/Aden
968 Asia/Muscat
970 Asia/Hebron
971 Asia/Dubai
972 Asia/Jerusalem
973 Asia/Bahrain
974 Asia/Qatar
975 Asia/Thimphu
976 Asia/Ulaanbaatar Asia/Hovd
977 Asia/Kathmandu
98 Asia/Tehran
992 Asia/Dushanbe
993 Asia/Ashgabat
994 Asia/Baku
995 Asia/Tbilisi
996 Asia/Bishkek
998 Asia/Tashkent
"""
"""A calling code and its zones; several lines of a code add up. Who is not found is awake by UTC."""

_LONGEST = 4
UNKNOWN = ("UTC",)


@cache
def zones_by_code() -> dict[str, tuple[str, ...]]:
    """Calling code -> all zones in which its numbers may be."""
    found: dict[str, tuple[str, ...]] = {}
    for line in _TABLE.split("\n"):
        code, *zones = line.split() or [""]
        if code:
            found[code] = (*found.get(code, ()), *zones)
    return found


def zones_of(phone: str) -> tuple[str, ...]:
    """The zones of an international number: those of the longest calling code that it begins with."""
    return _zones_of(number_key(phone)[:_LONGEST])


@lru_cache(maxsize=20_000)
def _zones_of(begin: str) -> tuple[str, ...]:
    table = zones_by_code()
    codes = (begin[:length] for length in range(_LONGEST, 0, -1))
    return next((table[code] for code in codes if code in table), UNKNOWN)
